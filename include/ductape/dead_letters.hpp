// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ductape/message.hpp>
#include <ductape/result.hpp>

namespace ductape::inline v0 {

namespace detail {
class TopicCore;
}

/// A message that a group gave up on: as it came, and why.
struct DeadLetter {
  std::string id = {};  ///< the message's own
  /// "max_attempts", "rejected", "max_deliveries", "undecodable" or "expired".
  std::string reason = {};
  std::string error = {};      ///< of the last failure, at most 1 KiB
  std::uint32_t attempts = 0;  ///< failed handler runs; 0 for one that killed its process each time
  std::optional<std::uint32_t> deliveries = {};
  std::optional<std::chrono::system_clock::time_point> first_failure = {}, last_failure = {};
  std::string group = {};
  std::string event = {};
  std::string key = {};  ///< empty: none
  Headers headers = {};
  std::string content_type = {};
  std::string body = {};
};

/// Which dead letters, and how they go back; every field has a default.
struct RedriveOptions {
  std::vector<std::string> ids = {};  ///< empty: all
  double rate = 0;                    ///< most messages a second; 0: no limit
  /// The body that a message goes back with; empty result: as it is. Called once for each.
  std::function<std::optional<std::string>(const DeadLetter&)> edit = {};
  /// Called after each one that went back.
  std::function<void(const DeadLetter&)> redriven = {};
};

/// The dead letters of one group. A cheap handle; valid while its client is; thread-safe. Each call blocks until it is
/// done. Messages that another call has in hand are waited for, at most until the lease of a killed process (10 s) is
/// over. Errors of all: `TOPIC_NOT_FOUND`, `not_found` (the group), `unavailable`, and of those with ids: `not_found`
/// naming the first id that is not there, before anything is changed.
///
///     for (const auto& dead : orders.dead_letters("billing").list().value())
///       std::cout << dead.id << ' ' << dead.reason << '\n';
class DeadLetters {
 public:
  DeadLetters(std::shared_ptr<detail::TopicCore> topic, std::string group)
      : topic_(std::move(topic)), group_(std::move(group)) {}

  /// All of them, or those with the given ids, oldest first; a message that is there twice is shown once.
  Result<std::vector<DeadLetter>> list(const std::vector<std::string>& ids = {});
  /// Sends them back to this group and to no other, in their order; attempts start at 1. Returns how many went. Can be
  /// repeated: one that went back is not there any more. What was not reached when the process ends stays.
  Result<std::uint64_t> redrive(const RedriveOptions& options = {});
  /// Removes them for good; they count as `data_loss` of the group. Empty `ids`: all. Returns how many.
  Result<std::uint64_t> purge(const std::vector<std::string>& ids = {});

 private:
  std::shared_ptr<detail::TopicCore> topic_;
  std::string group_;
};

}  // namespace ductape::inline v0
