// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/settings.h"

#include <nlohmann/json.hpp>

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

// False where something that is no object stands in the way.
bool put(Json& object, std::string_view key, std::string value) {
  if (!object.is_object()) return false;
  const auto dot = key.find('.');
  if (dot == key.npos || object.contains(key)) {
    object[std::string(key)] = std::move(value);
    return true;
  }
  return put(object.emplace(std::string(key.substr(0, dot)), Json::object()).first.value(), key.substr(dot + 1),
             std::move(value));
}

}  // namespace

Result<std::string> with_settings(std::string_view config, const std::vector<std::string>& settings) {
  auto json = Json::parse(config, nullptr, false);
  if (!json.is_object())
    return Error{.code = Errc::invalid_argument, .message = "--config is not a JSON object", .hint = "e.g. '{}'"};
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == setting.npos || equals == 0)
      return Error{.code = Errc::invalid_argument,
                   .message = "--set: expected KEY=VALUE",
                   .hint = "e.g. --set host=127.0.0.1; `ductape providers NAME` lists the keys"};
    const auto key = setting.substr(0, equals);
    if (!put(json, key, setting.substr(equals + 1)))
      return Error{.code = Errc::invalid_argument,
                   .message = "--set " + key + ": what stands before its last dot is no object in this config"};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ductape::cli
