// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include <ductape/driver/provider.hpp>
#include "providers/memory/group.h"

namespace ductape::inline v0::memory {

class Session;
class ConsumerSession;

/// How long finished messages stay; 0: no limit.
struct Retention {
  driver::Millis age{0};
  std::uint64_t bytes = 0;
};

/// What an Address means here.
struct Place {
  std::string topic;  ///< the native name; a group's dead letters are a topic of their own, without a log
  std::string main;   ///< the native name of the topic whose group's they are
  std::string group;
  driver::Role role = driver::Role::main;
  bool ordered = false;
  Retention retention = {};
};

struct Topic {
  bool ordered = false;
  Retention retention = {};
  std::uint64_t bytes = 0;  ///< of the log
  std::vector<MessagePtr> log = {};
  std::unordered_map<std::string, MessagePtr> by_id = {};
  std::map<std::string, Group, std::less<>> groups = {};
};

/// The broker itself: what all connections to it share. Passive: it acts on the threads and at the times of those who
/// call it. Everything but `mutex` is guarded by it.
class Server {
 public:
  /// A call that is answered once; it waits while the server is frozen.
  struct Call {
    const driver::Connection* owner = nullptr;
    driver::Runtime* runtime = nullptr;
    std::function<void()> run = {};
    std::function<void(Error)> fail = {};
  };
  struct Accepted {
    Error error = {};
    std::string native_id = {};
    bool duplicate = false;
  };

  std::mutex mutex;

  // With the mutex held.
  Topic* find(std::string_view native);
  Group* find(std::string_view native, std::string_view group);
  Topic& make_topic(std::string_view native, bool ordered, Retention retention = {});
  Group& make_group(std::string_view native, const driver::GroupSpec& spec, driver::WallTime from,
                    driver::Runtime& now);
  /// The group and its dead letters.
  void remove_group(std::string_view native, const std::string& name);
  /// `pump_changed` hands out what it made ready. `moves`: the delivery that goes where the record says, 0 if it is
  /// new.
  Accepted publish(const driver::Record& record, driver::Runtime& runtime, driver::Tag moves = 0);
  /// Removes what is older than its topic keeps and finished by all groups.
  void remove_old(Topic& topic, driver::WallTime now);
  /// Removes the topic's oldest messages, whoever still needs them.
  void overtake(Topic& topic, std::size_t messages, driver::Runtime& runtime);
  /// Takes back what expired, hands out what is ready.
  void pump(Group& group, driver::Runtime& runtime);
  void pump_changed(driver::Runtime& runtime);
  void tell_lost(const Group::Tags& lost);
  void expire_leases(driver::Runtime& runtime);
  void cut();
  void cut(Session& session);
  void take_down(bool on);
  /// The sessions that are there are not answered any more.
  void forget_sessions();

  // Without it.
  void call(Call call);
  /// Answers what still waits of this connection.
  void cancel(const driver::Connection& owner);
  void freeze(bool on);

  std::map<std::string, Topic, std::less<>> topics = {};
  std::map<MemberId, Session*> sessions = {};
  MemberId last_session = 0;
  driver::Tag last_tag = 0;
  Faults faults = {};
  bool frozen = false;
  bool down = false;

 private:
  Accepted publish_to_group(const Place& place, const driver::Record& record, driver::Runtime& runtime,
                            driver::Tag moves);
  [[nodiscard]] Error make_room(std::string_view native, Topic& topic, std::uint64_t size);
  void remove_front(Topic& topic, std::size_t count);
  void changed(Group& group);

  std::uint64_t last_sequence_ = 0;
  std::vector<Group*> changed_;  // in the order of the publishes
  std::deque<Call> frozen_calls_;
};

/// The name of a topic.
[[nodiscard]] std::string native_name(std::string_view product, std::string_view env, std::string_view broker,
                                      std::string_view topic);

/// The name of a group's dead letters.
[[nodiscard]] std::string dead_letters_of(std::string_view topic, std::string_view group);

[[nodiscard]] Error is_down();

/// What this broker allows, as the embedded one does.
[[nodiscard]] driver::Capabilities capabilities();

}  // namespace ductape::inline v0::memory
