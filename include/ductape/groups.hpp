// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/registry.hpp>

namespace ductape::inline v0 {

/// Which group.
struct GroupRequest {
  std::string event = {};
  std::string group = {};
  std::string product = {};  ///< empty: the client's
  std::string env = {};      ///< empty: the client's
};

/// A group as its provider sees it. What nobody counts is empty, never a guess.
struct GroupStatus {
  GroupDefinition definition = {};
  std::string env = {};
  std::string state = {};  ///< "ready", or "pending" if its provider does not have it yet
  std::optional<std::uint64_t> waiting = {};
  std::optional<std::uint64_t> in_flight = {};
  std::optional<std::uint64_t> done = {};
  std::optional<std::uint64_t> dead = {};
  std::optional<std::uint64_t> parked = {};
  std::optional<std::uint64_t> lag = {};
  std::optional<std::chrono::milliseconds> oldest_age = {};
  std::optional<std::uint64_t> data_loss = {};  ///< left it without an outcome: purged, or overtaken by retention

  // What the processes that share the store counted, at most a second late. A power cut may take the last seconds.
  std::optional<std::uint64_t> published = {};      ///< to its topic, confirmed
  std::optional<std::uint64_t> resent = {};         ///< sends to its topic beyond the first of a message
  std::optional<std::uint64_t> failed = {};         ///< attempts that ended badly and were followed by another
  std::optional<std::uint64_t> dead_lettered = {};  ///< became dead letters, redriven ones included
  std::optional<std::uint64_t> lost = {};           ///< outcomes that the provider no longer honoured
  std::optional<double> published_rate = {};        ///< messages of its topic a second, over the last ten
  std::optional<double> done_rate = {};             ///< messages it was done with a second, over the last ten
};

namespace detail {
class ClientCore;
}

/// The groups of topics, in the registry and at their providers. Thread-safe; valid while its client is. Every call
/// blocks for a round trip to the provider, at most 30 s.
class Groups {
 public:
  explicit Groups(detail::ClientCore& core) : core_(core) {}

  /// Makes the group in the registry and at the provider of the given env; from then on it gets every message.
  /// Errors: `already_exists`, `TOPIC_NOT_FOUND`, `unsupported`, `unavailable`.
  Result<GroupDefinition> create(const GroupRequest& request, const SubscribeOptions& options = {});
  /// Makes a group that the registry already has at the provider of the given env. Success if it is there.
  Result<void> provision(const GroupRequest& request);
  /// Groups of a topic, or of the whole product with an empty event.
  Result<std::vector<GroupStatus>> list(const GroupRequest& request);
  Result<GroupStatus> show(const GroupRequest& request);
  /// Takes it, with all it has, from the providers of all its broker's environments; the registry keeps it, so that it
  /// is "pending" there until `provision` or a subscribe. `conflict` while it has members.
  Result<void> forget(const GroupRequest& request);
  /// Ends the group: nothing of it is left at any of its broker's environments. `conflict` while it has members.
  Result<void> remove(const GroupRequest& request);
  /// Moves the group to "latest", "earliest" or an RFC 3339 time: it gets what lies behind that place again, and not
  /// what lies before. Its dead letters stay. `conflict` while it has members, `unsupported` where there is no replay.
  Result<void> reset(const GroupRequest& request, std::string_view to);

 private:
  detail::ClientCore& core_;
};

}  // namespace ductape::inline v0
