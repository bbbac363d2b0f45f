// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <ductape/topic.hpp>

namespace ductape::inline v0 {

/// JSON for every T that nlohmann::json converts, e.g. by `NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, orderId, total)`.
/// Needs nlohmann-json; the only header of this library that includes somebody else's.
template <class T>
struct Serializer {
  static constexpr const char* content_type = "application/json";

  /// `invalid_argument` if a string is not UTF-8.
  static Result<std::string> encode(const T& value) {
    try {
      return nlohmann::json(value).dump();
    } catch (const nlohmann::json::exception& error) {
      return Error{.code = Errc::invalid_argument, .message = error.what()};
    }
  }

  /// `invalid_argument` with the place if the text is no JSON or has not the shape of T.
  static Result<T> decode(std::string_view text) {
    try {
      return nlohmann::json::parse(text).template get<T>();
    } catch (const nlohmann::json::exception& error) {
      return Error{.code = Errc::invalid_argument, .message = error.what()};
    }
  }
};

}  // namespace ductape::inline v0
