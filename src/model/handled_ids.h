// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// Which messages groups handled of late, by id: what a group's `dedup` window is made of. All members that share the
/// store share it. An id counts as handled only after a handler succeeded; until then somebody holds it for a while, so
/// that two members do not handle it side by side. Thread-safe. Calls block for disk and for other processes. Errors:
/// those of the store.
class HandledIds {
 public:
  using Time = std::chrono::system_clock::time_point;

  enum class Standing : std::uint8_t {
    ours,     ///< nobody handled it; it is `owner`'s until the given time
    taken,    ///< another owner has it
    handled,  ///< a handler succeeded within the window
  };

  virtual ~HandledIds() = default;
  /// Asks for an id, or for more time with one. `owner` is unique to the try at the message.
  virtual Result<Standing> take(std::string_view group, std::string_view id, std::uint64_t owner, Time now,
                                Time until) = 0;
  /// A handler succeeded. On the disk when it returns.
  virtual Result<void> handled(std::string_view group, std::string_view id, Time now, Time until) = 0;
  /// A handler did not succeed: whoever is next may try.
  virtual Result<void> give_up(std::string_view group, std::string_view id, std::uint64_t owner) = 0;
};

}  // namespace ductape::inline v0::model
