// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// A payload of this content type is an event already: CloudEvents' JSON form, with its attributes in it.
[[nodiscard]] inline bool is_cloud_event(std::string_view content_type) {
  return content_type.starts_with("application/cloudevents+json");
}

/// What is read of one.
struct CloudEvent {
  std::string id;
  std::string partition_key = {};  ///< empty: none
};

/// Fails, saying what is missing, unless it has `specversion`, `id`, `source` and `type`.
Result<CloudEvent> read_cloud_event(std::string_view text);

}  // namespace ductape::inline v0::model
