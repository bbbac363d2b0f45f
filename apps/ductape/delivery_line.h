// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/message.hpp>

namespace ductape::cli {

/// How `subscribe` shows a delivery.
enum class DeliveryForm {
  text,  ///< `TIME ID KEY BODY`, for people
  json,  ///< the whole delivery as one JSON object
  raw,   ///< the body, byte for byte
};

/// Appends one delivery and a line end. A body that its content type calls JSON (or that has none and is JSON) goes in
/// byte for byte but for line breaks between tokens; any other body is base64 in `json`, and in `text` if it cannot be
/// shown on one line.
void append_delivery(std::string& out, const Context& context, DeliveryForm form);

}  // namespace ductape::cli
