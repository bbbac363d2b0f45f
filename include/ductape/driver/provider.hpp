// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <ductape/driver/capabilities.hpp>
#include <ductape/driver/consumer.hpp>
#include <ductape/driver/field.hpp>
#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::driver {

/// How a provider is configured in one environment.
struct Options {
  /// Where an embedded provider keeps its files; created on first use.
  std::string directory = {};
  /// The broker's `config` object, flat: "sasl.username" → its text. Checked against `Provider::fields()` before.
  Config config = {};
};

/// One broker in one environment. All calls are asynchronous but `address`, which is pure.
class Connection {
 public:
  virtual ~Connection() = default;
  /// The physical place of a topic's role; `group` is empty for `Role::main`. Pure: name rules, limits.
  virtual Result<Address> address(const TopicSpec&, Role, std::string_view group) const = 0;
  /// Makes what is missing if `create`, and reports what differs. After success every group named exists.
  virtual void provision(const TopicSpec&, std::span<const GroupSpec>, bool create, Done<Topology>) = 0;
  /// Removes a group and all that was made for it. `conflict` while it has members; success if it is not there.
  virtual void forget(const Address& main, std::string_view group, Done<void>) = 0;
  /// Moves a group to "latest", "earliest" or an RFC 3339 time. `conflict` while it has members. Of a provider without
  /// replay: `unsupported`.
  virtual void reset(const Address& main, std::string_view group, std::string_view to, Done<void> done) {
    done(Error{.code = Errc::unsupported,
               .message = "group " + std::string(group) + " of " + main.native + " cannot be moved to " +
                          std::string(to) + ": the provider keeps nothing that was handled"});
  }
  /// Whether this user may publish there, found out without a message that is kept: `permission_denied` where the
  /// server says so. A technology that cannot tell says yes.
  virtual void check_publish(const Address& /*to*/, Deadline, Done<void> done) { done({}); }
  /// Whether messages are kept for groups. In a mode that loses them (Redis `mode: pubsub`) they are not, and only
  /// broadcasts subscribe.
  [[nodiscard]] virtual bool keeps_messages() const { return true; }
  virtual std::unique_ptr<Publisher> publisher(PublishSink&) = 0;
  virtual std::unique_ptr<Consumer> consumer(const Address&, const GroupSpec&, Millis lease, ConsumeSink&) = 0;
  virtual void inspect(const Address& main, std::string_view group, Done<GroupState>) = 0;
  virtual void probe(Deadline, Done<Probe>) = 0;
};

/// A messaging technology. Stateless and immortal: there is one object per process.
class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  ///< the folder's name: "local", "kafka"
  [[nodiscard]] virtual Capabilities capabilities() const = 0;
  [[nodiscard]] virtual std::span<const Field> fields() const = 0;
  /// Validates and allocates; no I/O. Connection errors surface on the first operation and in health. The runtime
  /// outlives the connection.
  virtual Result<std::unique_ptr<Connection>> open(const Options&, Runtime&) const = 0;
};

}  // namespace ductape::inline v0::driver
