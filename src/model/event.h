// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// An event, taken apart. Views into the text it was parsed from.
struct EventId {
  std::string_view broker = {}, topic = {};
};

/// Splits `brokerTag:topicTag` at the first colon. Errors: `EVENT_FORMAT_INVALID` with the offending character and its
/// place, counted from 1.
Result<EventId> parse_event(std::string_view event);

/// `[a-z0-9]+([-_][a-z0-9]+)*`, 1 to 64 characters. `what` names it in the error, e.g. "product tag". Errors:
/// `EVENT_FORMAT_INVALID`.
Result<void> check_tag(std::string_view what, std::string_view tag);

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. Errors: `invalid_argument`.
Result<void> check_group_name(std::string_view name);

}  // namespace ductape::inline v0::model
