// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/dead_letters.h"

namespace ductape::inline v0::nats {

/// Who reads dead letters, as far as it is known here: sessions of this connection, and the leases of others. The
/// server does not count what is in somebody's hands. Thread-safe.
class DeadLetterReaders {
 public:
  void add(const std::shared_ptr<DeadLetterSession>& session, const Place& place);
  /// What the session here that has the dead letters of that key holds; nothing if none here has them.
  [[nodiscard]] std::optional<std::uint64_t> in_hand_here(const std::string& key) const;
  /// Whether another has them; `owner` is what its key shows.
  bool elsewhere(const std::string& key, const Result<Json>& owner, driver::Deadline now);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::weak_ptr<DeadLetterSession>>> sessions_;
  std::map<std::string, OwnerWatch> watches_;
};

/// Of driver::Connection.
void inspect(std::shared_ptr<Link> link, std::shared_ptr<DeadLetterReaders> readers, const Place& place,
             const std::string& group, driver::Done<driver::GroupState> done);

}  // namespace ductape::inline v0::nats
