// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

namespace ductape::inline v0::redis {

/// A message in a stream has the fields `body`, `id` and `meta`: a JSON object of its attributes by their CloudEvents
/// names, with the key as `partitionkey` and the user's headers below `headers`, as an object, or as a list of pairs
/// where a name stands twice.
namespace field {
inline constexpr std::string_view body = "body", id = "id", meta = "meta";
/// Only in a group's retry stream: what is known of earlier hand-outs.
inline constexpr std::string_view failures = "failures", first_failure = "first", handed_out = "handed";
inline constexpr char of_others = '=';  ///< before the name of each field of an entry without `body`
}  // namespace field

/// Writes `meta`. Errors: `invalid_argument` that names the header, or the key, which is no UTF-8.
Result<void> encode_meta(const driver::Record& record, std::string& out);

inline std::string_view body_of(const driver::Record& record) {
  return {reinterpret_cast<const char*>(record.body.data()), record.body.size()};
}

struct Meta {
  std::string_view key = {};
  std::span<const driver::Header> attributes = {}, headers = {};
};
/// Texts are views into `meta`, or made in `memory` as arrays are. Nothing if it is not such an object.
std::optional<Meta> decode_meta(std::string_view meta, std::pmr::memory_resource& memory);

/// The list, in an array that `memory` has.
std::span<const driver::Header> kept(const std::pmr::vector<driver::Header>& list, std::pmr::memory_resource& memory);

/// The fields of an entry that somebody else made, as a JSON object: a name that stands twice has a list, and what is
/// no UTF-8 stands in hexadecimal digits under its name with `_hex` behind it.
std::string_view fields_as_json(std::span<const driver::Header> fields, std::pmr::memory_resource& memory);

}  // namespace ductape::inline v0::redis
