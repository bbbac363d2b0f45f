// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ductape/driver/topology.hpp>

namespace ductape::inline v0::driver {

/// One message on its way out. `attributes` are the CloudEvents attributes under their own names ("source", "type",
/// "time", ...; id and key are fields); `headers` are the user's. How both are written is the driver's wire format.
struct Record {
  Tag tag = 0;
  const Address* to = nullptr;
  std::string_view id = {}, key = {};  ///< an empty key is no key
  Bytes body = {};
  std::span<const Header> attributes = {}, headers = {};
  Millis delay{0}, ttl{0};
};

/// The outcome of one record: ok, refused, or `outcome_unknown`. `native_id` is valid during the call.
struct Sent {
  Tag tag = 0;
  Error error = {};
  std::string_view native_id = {};
  bool duplicate = false;  ///< the provider already had a message with this id
};

class PublishSink {
 public:
  virtual void sent(std::span<const Sent> outcomes) = 0;
  /// There is room again after `submit` took less than it was given.
  virtual void writable() = 0;
  /// The session is over; every record not yet reported is `outcome_unknown`. An error if it was not stopped.
  virtual void ended(Error why) = 0;

 protected:
  ~PublishSink() = default;
};

/// Sends to one broker over one session.
class Publisher {
 public:
  virtual ~Publisher() = default;
  /// Takes a prefix of `records`, in order, and says how many; never blocks. The Records are read during the call; what
  /// they point at stays valid until `sent()`.
  virtual std::size_t submit(std::span<const Record> records) = 0;
  /// Takes back what is still here: those of `tags` that were taken and of which the provider can have nothing. They
  /// are not sent, nothing is told of them any more, and what they point at is the caller's again. A driver that cannot
  /// tell takes back none. Never blocks, never tells the sink anything.
  virtual std::vector<Tag> recall(std::span<const Tag> /*tags*/) { return {}; }
  /// Sends what was taken, then `ended()`, at the latest at the deadline. Idempotent.
  virtual void stop(Deadline) = 0;
};

}  // namespace ductape::inline v0::driver
