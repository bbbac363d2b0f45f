// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace ductape::inline v0 {

/// Something that happened and that a person or a metric may want to know; nothing fails by it.
struct Notice {
  enum class Kind : std::uint8_t {
    schema,         ///< a published message breaks a `warn` schema; each path once
    connected,      ///< a subscription reads
    disconnected,   ///< its session ended; it is made again by itself
    rebuilt,        ///< it fetched nothing while messages waited, so its session was replaced
    gap,            ///< retention removed `messages` before the group had them
    dead_lettered,  ///< the message `id` went to the dead letters
    lost,           ///< the provider no longer honoured the outcome of the message `id`
    differs,        ///< what is stored, or is at the provider, has other settings than asked for; it stays as it is
  };
  Kind kind = Kind::schema;
  std::string event = {};
  std::string group = {};  ///< empty for `schema`
  std::string id = {};     ///< of the message, if it is about one
  std::uint64_t messages = 0;
  std::string text = {};  ///< what happened, in words
};

}  // namespace ductape::inline v0
