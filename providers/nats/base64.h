// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace ductape::inline v0::nats {

/// The bytes of a base64 text, as JetStream writes stored messages into JSON; ends at the first other character.
std::string from_base64(std::string_view text);

}  // namespace ductape::inline v0::nats
