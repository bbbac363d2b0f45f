// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory_resource>

#include "providers/local/member.h"

namespace ductape::inline v0::local {

/// The bytes of messages that were handed out together.
struct Parcel {
  std::pmr::monotonic_buffer_resource memory{std::size_t{16} << 10};
  std::size_t size = 0;
};

/// What one transaction did for a member, until it is known that it is durable.
struct Member::Staged {
  std::int64_t member = 0;  ///< the id it has now
  std::int64_t until = 0;   ///< its lease, if that was renewed
  bool expelled = false;    ///< its row was gone: it joined anew
  bool left = false;
  Error gone = {};                     ///< the group is not there any more
  std::vector<driver::Tag> lost = {};  ///< their leases ran out here
  Leaving leaving = {};
  bool freed_orphans = false;

  std::vector<Grant> grants = {};
  std::vector<Held> held = {};
  std::vector<driver::Delivered> delivered = {};
  std::shared_ptr<Parcel> parcel = {};
  std::size_t bytes = 0;
  std::uint64_t missing = 0;  ///< messages that were gone before the group had them
  bool more = false;          ///< stopped at a bound of its own, not at the credit's

  /// Copies a message out of the file. The columns are those of Log::at.
  /// `apart`: it lies in a topic of the group's own, where its offset is no place to seek.
  void add(const Rows& row, Held held_now, driver::Deadline lease, bool apart = false);
};

}  // namespace ductape::inline v0::local
