// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>

namespace ductape::inline v0::driver {

/// One message handed out. The views live as long as `bytes`.
struct Delivered {
  Tag tag = 0;
  /// One holding of a partition or shard: order and commits are per scope. Never reused within a session; 0 where there
  /// is none.
  std::uint32_t scope = 0;
  std::string_view id = {}, key = {}, native_id = {}, position = {};
  Bytes body = {};
  std::span<const Header> attributes = {}, headers = {};
  std::optional<std::uint32_t> deliveries = {};  ///< the provider's own count of hand-outs, this one included
  std::uint32_t failures = 0;                    ///< failed attempts that are stored with the message
  std::optional<WallTime> first_failure = {};    ///< stored with them
  std::optional<WallTime> published = {};
  Deadline lease = Deadline::max();  ///< max = none
  std::shared_ptr<const void> bytes = {};
};

enum class Verdict : std::uint8_t {
  ack,
  retry,      ///< hand it out again after `delay`
  give_back,  ///< hand it out again at once; counts nothing
};

/// An outcome on its way back. `moved` is published in the same step as the ack (only where `Capabilities::moves`); it
/// and what it points at stay valid until `settled()`.
struct Settle {
  Tag tag = 0;
  Verdict verdict = Verdict::ack;
  Millis delay{0};
  std::uint32_t failures = 0;   ///< of a retry: failed attempts in all, to be stored with the message
  WallTime first_failure = {};  ///< of a retry: when the first of them was
  const Record* moved = nullptr;
};

/// Whether the provider took the outcome; `lost` if it no longer honours it.
struct Settled {
  Tag tag = 0;
  Error error = {};
};

class ConsumeSink {
 public:
  virtual void delivered(std::span<Delivered> messages) = 0;
  /// Once for each outcome that was given to `settle`: behind what was handed out before the provider took it, and, of
  /// what comes again, before it does.
  virtual void settled(std::span<const Settled> outcomes) = 0;
  /// These scopes are about to go to another member: drain them, then call `released()`.
  virtual void revoking(std::span<const std::uint32_t> scopes, Deadline) = 0;
  /// The lease expired or the scope is gone: settling these is useless now. Only tags without an outcome yet.
  virtual void lost(std::span<const Tag> tags, Error why) = 0;
  /// A fetch came back, even an empty one: at least every 2 s, also without credit. Health is made of this. The first
  /// time, all that is published from then on reaches a broadcast.
  virtual void alive(Deadline last_fetch) = 0;
  /// Retention overtook the group by this many messages.
  virtual void gap(std::uint32_t scope, std::uint64_t messages) = 0;
  /// The session is over. An error if it was not stopped. Unsettled tags are void: their messages come again.
  virtual void ended(Error why) = 0;

 protected:
  ~ConsumeSink() = default;
};

/// Receives for one group over one session.
class Consumer {
 public:
  virtual ~Consumer() = default;
  /// The window: at most this many deliveries, and bodies of about this many bytes, may be handed out and not yet given
  /// to `settle()` (or reported lost). It replaces the earlier one and starts at 0. 0 = stop fetching, stay a member.
  virtual void credit(std::size_t messages, std::size_t bytes) = 0;
  /// Answers through `settled()`, once for each tag.
  virtual void settle(std::span<const Settle> outcomes) = 0;
  /// Prolongs leases to `lease` from now; the pipeline asks for the one that the consumer was made with.
  virtual void extend(std::span<const Tag> tags, Millis lease) = 0;
  virtual void released(std::span<const std::uint32_t> scopes) = 0;
  /// Goes to a place in the topic: "earliest", "latest", an RFC 3339 time or a `Delivered::position`.
  virtual void seek(std::string_view position, Done<void>) = 0;
  /// No more `delivered()`; outcomes still go. What is unsettled when it leaves is given back; then `ended()`.
  /// Idempotent.
  virtual void stop(Deadline) = 0;
};

}  // namespace ductape::inline v0::driver
