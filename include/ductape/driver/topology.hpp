// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ductape/driver/field.hpp>
#include <ductape/driver/types.hpp>

namespace ductape::inline v0::driver {

/// A topic as the registry knows it. Views live as long as the call.
struct TopicSpec {
  std::string_view product = {}, env = {}, broker = {}, topic = {};
  bool ordered = false;
  /// What the topic has of the fields with a `Destination`, by their names; it goes before the broker's config.
  Config destination = {};
  /// Retention, where the provider leaves it to us: finished messages go after `retention_age`; a topic over
  /// `retention_bytes` loses its oldest finished ones, and refuses publishes (`queue_full`) while there are none. 0: no
  /// limit. Nothing unfinished is ever removed.
  Millis retention_age{0};
  std::uint64_t retention_bytes = 0;
  /// False: what is missing for the topic is never made, by no session either; it is `not_found`.
  bool may_make = true;
};

/// A group of a topic. `from` is where a group that does not exist yet starts: "latest", "earliest" or an RFC 3339
/// time.
struct GroupSpec {
  enum Mode : std::uint8_t { shared, exclusive, broadcast };
  std::string_view name = {};
  Mode mode = shared;
  std::string_view from = "latest";
  /// Who reads, for a session: the same for all sessions of one subscription, and for no other anywhere.
  std::string_view member = {};
};

/// The places of a topic: `retry` and `dead_letter` belong to one group. What is published to `retry` reaches that
/// group and no other. A consumer of `dead_letter`, with that group's name, gets what lies there, oldest first; its
/// acks remove it (with `moved` to `retry`: a redrive; without: a purge, which counts as data loss), its give-backs
/// leave it.
enum class Role : std::uint8_t { main, retry, dead_letter };

/// A physical name by the technology's own word for what it names: {"stream", "shop.prd.orders.new"}.
struct NativeName {
  std::string_view what;
  std::string name;
};

/// A place at the provider, resolved once. `native` is its physical name, `plan` is the driver's own. `names` is what
/// `topic show` prints: at `Role::main` the topic's, at `Role::retry` what the group is called; empty: `native`, as
/// "topic". Where a group's retries go to the same place as its messages, `main` and `retry` have equal `native`
/// (local, RabbitMQ, SQS) and the pipeline opens one source.
struct Address {
  std::string native = {};
  std::shared_ptr<const void> plan = {};
  std::vector<NativeName> names = {};
  /// At `Role::main`: the group that the config names, and which a subscription without a name is of.
  std::string default_group = {};
};

/// What provisioning found and did: native names, each once.
struct Topology {
  std::vector<std::string> created = {};
  std::vector<std::string> missing = {};  ///< absent, and `create` was false
  std::vector<std::string> differs = {};  ///< exists with other settings; never changed
};

/// Where a group's messages are. What the provider does not count is empty, never a guess.
struct GroupState {
  std::optional<std::uint64_t> waiting = {};    ///< not handed out, parked ones included
  std::optional<std::uint64_t> in_flight = {};  ///< handed out, no outcome yet
  std::optional<std::uint64_t> done = {};       ///< a handler succeeded
  std::optional<std::uint64_t> dead = {};       ///< in the dead letters
  std::optional<std::uint64_t> parked = {};     ///< wait for their next attempt; part of `waiting`
  std::optional<std::uint64_t> lag = {};        ///< neither done nor dead
  std::optional<Millis> oldest = {};            ///< age of the oldest of them
  /// Left the group without an outcome: purged dead letters, removed by retention or reset.
  std::optional<std::uint64_t> data_loss = {};
};

}  // namespace ductape::inline v0::driver
