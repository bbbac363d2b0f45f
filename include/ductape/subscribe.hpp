// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/delivery.hpp>

namespace ductape::inline v0 {

/// What to receive. The fields are those of Ductape's `subscribe` call.
struct SubscribeRequest {
  std::string event = {};    ///< `brokerTag:topicTag`
  std::string product = {};  ///< empty: the client's
  std::string env = {};      ///< empty: the client's

  /// Reads both call shapes of Ductape's documents (the callback is not part of the JSON). Errors: `invalid_argument`,
  /// `EVENT_FORMAT_INVALID`.
  static Result<SubscribeRequest> parse(std::string_view json);
};

/// How members share a group's messages.
enum class Mode : std::uint8_t {
  shared,     ///< members compete
  exclusive,  ///< one member is active, another takes over
  broadcast,  ///< no group: each subscription gets all that is published while it lives
};

/// When and how often a failed message is tried again. Belongs to the group: stored at its birth.
struct RetryPolicy {
  std::uint32_t max_attempts = 5;
  std::chrono::milliseconds backoff_min{1'000};  ///< before the second attempt; doubles from there, ± 20 %
  std::chrono::milliseconds backoff_max{300'000};
  /// Hand-outs without an outcome (the process was killed each time) after which a message is dead-lettered.
  std::uint32_t max_deliveries = 20;
  /// A second message with the same id within this time after the first was handled is acked unseen. 0: off.
  std::chrono::milliseconds dedup{0};

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// What a call may set of a group's RetryPolicy; what is unset comes from the topic's policy.
struct RetryOptions {
  std::optional<std::uint32_t> max_attempts = {};
  std::optional<std::chrono::milliseconds> backoff_min = {};
  std::optional<std::chrono::milliseconds> backoff_max = {};
  std::optional<std::uint32_t> max_deliveries = {};
  std::optional<std::chrono::milliseconds> dedup = {};
};

/// How to receive it; every field has a default.
struct SubscribeOptions {
  /// Empty: the broker config's group, else the client's `service`, else "default". The first subscribe makes the
  /// group.
  std::string group = {};
  Mode mode = Mode::shared;
  /// Where a group that does not exist yet starts: "latest", "earliest" or an RFC 3339 time.
  std::string from = "latest";
  /// For a group that does not exist yet: stored with it, and the stored policy is in force from then on.
  RetryOptions retry = {};
  /// Most deliveries without an outcome; on an ordered topic also most keys side by side. 0: number of cores.
  std::uint32_t concurrency = 0;
  /// Bodies held here at most.
  std::uint64_t max_bytes = 64ull << 20;
  /// How long a message belongs to this member before it must be renewed, which is done at half of it. 0: 30 s.
  std::chrono::milliseconds lease{0};
  /// A handler that runs longer is asked to stop and counts as a failed attempt. 0: none, except where a lease cannot
  /// be renewed (RabbitMQ): 25 min.
  std::chrono::milliseconds handler_timeout{0};
  /// Messages that wait here for their next attempt, where the provider cannot keep them; beyond it nothing is fetched.
  std::uint32_t max_parked = 256;
  /// Ends by itself after so many outcomes and never takes more. 0: no limit.
  std::uint64_t limit = 0;
};

/// What a subscription has done since it began. `lag` and the like are the group's: see `Groups::show`.
struct SubscriptionStats {
  std::uint64_t delivered = 0;  ///< handed to a handler
  std::uint64_t acked = 0;      ///< the provider took the ack
  std::uint64_t retried = 0;    ///< failed attempts that will be tried again
  std::uint64_t dead_lettered = 0;
  std::uint64_t lost = 0;       ///< outcomes the provider no longer honoured
  std::uint64_t in_flight = 0;  ///< with a handler now
  std::uint64_t reconnects = 0;
  std::uint64_t parked = 0;    ///< wait here for their next attempt now
  std::uint64_t repeated = 0;  ///< acked unseen, as their id was handled before (`dedup`)
  std::uint64_t gap = 0;       ///< messages that retention removed before this group had them
};

namespace detail {
class SubscriptionCore;
}

/// A running subscription. Move-only handle; thread-safe. Destroying it closes it (deadline 30 s).
class Subscription {
 public:
  explicit Subscription(std::shared_ptr<detail::SubscriptionCore> core);
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  /// The name of the group it belongs to.
  [[nodiscard]] std::string_view group() const noexcept;

  /// Pull form, for a subscription made without a handler: blocks until there is a message, then returns what is there,
  /// at most `max`; empty after `wait`. Nothing is fetched that no call asked for. Errors: `closed`, what ended it.
  Result<std::vector<Delivery>> receive(std::size_t max, std::chrono::milliseconds wait);

  /// No new deliveries until `resume()`; those under way go on. Does not block.
  void pause();
  void resume();

  /// Blocks until the subscription ended (`limit` reached, closed, or a failure that is not cured by waiting), at most
  /// `patience`. Success if it ended well, `timed_out` if it still runs, else what ended it; `invalid_argument` from
  /// inside one of its handlers.
  Result<void> wait(std::chrono::milliseconds patience = std::chrono::milliseconds::max());

  [[nodiscard]] SubscriptionStats stats() const;

  /// Somebody knows of the gap that `stats()` tells: health is red for it until then. The number stays.
  void acknowledge_gap();

  /// Takes nothing new, lets running handlers finish until the deadline, gives the rest back. Idempotent. `timed_out`
  /// if handlers were still running at the deadline: their messages come again. From inside one of its handlers it does
  /// not wait: the subscription ends once that handler has returned, whose outcome counts.
  Result<void> close(std::chrono::milliseconds deadline = std::chrono::seconds(30));

 private:
  std::shared_ptr<detail::SubscriptionCore> core_;
};

}  // namespace ductape::inline v0
