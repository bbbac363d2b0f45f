// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>
#include <memory_resource>
#include <optional>
#include <string>

#include "providers/redis/command.h"

namespace ductape::inline v0::redis {

/// A message in a stream has the fields `body`, `id` and `meta`: a JSON object of its attributes by their CloudEvents
/// names, with the key as `partitionkey` and the user's headers below `headers`, as an object, or as a list of pairs
/// where a name stands twice.
namespace field {
inline constexpr std::string_view body = "body", id = "id", meta = "meta";
/// Only in a group's retry stream: what is known of earlier hand-outs.
inline constexpr std::string_view failures = "failures", first_failure = "first", handed_out = "handed";
}  // namespace field

/// Writes `meta`. Errors: `invalid_argument` that names the header, or the key, which is no UTF-8.
Result<void> encode_meta(const driver::Record& record, std::string& out);

/// Adds the message's fields and values. Record and `meta` must outlive the command.
void add_fields(Command& command, const driver::Record& record, std::string_view meta);

struct Meta {
  std::string_view key = {};
  std::span<const driver::Header> attributes = {}, headers = {};
};
/// Texts and arrays are made in `memory`. Nothing if it is not such an object.
std::optional<Meta> decode_meta(std::string_view meta, std::pmr::memory_resource& memory);

}  // namespace ductape::inline v0::redis
