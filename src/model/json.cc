// SPDX-License-Identifier: Apache-2.0
#include "src/model/json.h"

#include <simdjson.h>

namespace ductape::inline v0::model {

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Result<void> check_utf8(std::string_view place, std::string_view text) {
  if (simdjson::validate_utf8(text)) return {};
  return Error{.code = Errc::invalid_argument, .message = std::string(place) + ": not valid UTF-8"};
}

}  // namespace ductape::inline v0::model
