// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/server.h"

#include <algorithm>

#include "providers/memory/consumer_session.h"

namespace ductape::inline v0::memory {
namespace {

Error refused(Errc code, std::string message, std::string hint = {}) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "memory"};
}

}  // namespace

Error is_down() { return refused(Errc::unavailable, "the memory broker is down"); }

driver::Capabilities capabilities() {
  driver::Capabilities can{.ordering = driver::Ordering::per_key, .lease = driver::Lease::renewable};
  can.retry_delay_max = std::chrono::years(10);
  can.keeps_without_group = can.many_groups = can.exclusive = can.broadcast = can.replay = can.dedup = true;
  can.counts_deliveries = can.lag_known = can.moves = true;
  can.message_max = 16u << 20;
  return can;
}

std::string native_name(std::string_view product, std::string_view env, std::string_view broker,
                        std::string_view topic) {
  std::string name(product);
  for (const auto part : {env, broker, topic}) name.append(".").append(part);
  return name;
}

std::string dead_letters_of(std::string_view topic, std::string_view group) {
  return std::string(topic) + '.' + std::string(group) + ".dlq";
}

Topic* Server::find(std::string_view native) {
  const auto found = topics.find(native);
  return found == topics.end() ? nullptr : &found->second;
}

Group* Server::find(std::string_view native, std::string_view group) {
  auto* topic = find(native);
  if (topic == nullptr) return nullptr;
  const auto found = topic->groups.find(group);
  return found == topic->groups.end() ? nullptr : &found->second;
}

Topic& Server::make_topic(std::string_view native, bool ordered, Retention retention) {
  const auto [topic, made] = topics.try_emplace(std::string(native));
  if (made) topic->second.ordered = ordered, topic->second.retention = retention;
  return topic->second;
}

Group& Server::make_group(std::string_view native, const driver::GroupSpec& spec, driver::WallTime from,
                          driver::Runtime& runtime) {
  auto& topic = *find(native);
  const auto start = std::find_if(topic.log.begin(), topic.log.end(),
                                  [&](const MessagePtr& message) { return message->accepted >= from; });
  auto& group = topic.groups.try_emplace(std::string(spec.name), spec.mode, topic.ordered).first->second;
  const auto now = runtime.now();
  for (auto message = start; message != topic.log.end(); ++message) group.add(*message, now, now);
  return group;
}

Server::Accepted Server::publish(const driver::Record& record, driver::Runtime& runtime, driver::Tag moves) {
  const auto& place = *static_cast<const Place*>(record.to->plan.get());
  if (faults.refuse > 0) {
    --faults.refuse;
    return {refused(faults.refuse_code, "the memory broker was told to refuse this message")};
  }
  const auto limit = capabilities().message_max;
  if (const auto size = size_of(record); size > limit)
    return {refused(Errc::message_too_large, "the message has " + std::to_string(size) +
                                                 " bytes, the memory broker takes " + std::to_string(limit))};
  if (record.ttl.count() > 0) return {refused(Errc::unsupported, "the memory broker has no time to live of messages")};
  if (place.role != driver::Role::main) return publish_to_group(place, record, runtime, moves);
  // A topic without a group needs no provisioning: what is published is kept for groups to come.
  auto& topic = make_topic(place.topic, place.ordered, place.retention);
  const auto now = runtime.now();
  const auto due = now + record.delay + faults.delay;
  if (const auto known = topic.by_id.find(std::string(record.id)); known != topic.by_id.end())
    return {.native_id = known->second->position, .duplicate = true};
  remove_old(topic, runtime.wall());
  if (auto full = make_room(place.topic, topic, size_of(record))) return {std::move(full)};
  auto message = std::make_shared<const Message>(record, ++last_sequence_, runtime.wall());
  topic.log.push_back(message);
  topic.bytes += size_of(*message);
  if (!record.id.empty()) topic.by_id.emplace(message->id, message);
  for (auto& [_, group] : topic.groups) {
    group.add(message, now, due);
    changed(group);
  }
  return {.native_id = message->position};
}

// What belongs to one group: its retries, redrives and dead letters.
Server::Accepted Server::publish_to_group(const Place& place, const driver::Record& record, driver::Runtime& runtime,
                                          driver::Tag moves) {
  auto* group = find(place.topic, place.group);
  if (group == nullptr)
    return {refused(Errc::not_found, "group " + place.group + " of " + place.main + " does not exist")};
  // What is repeated after an unknown outcome must not be there twice.
  if (!record.id.empty() && group->has_own(record.id, moves)) return {.duplicate = true};
  auto message = std::make_shared<const Message>(record, ++last_sequence_, runtime.wall());
  Accepted accepted{.native_id = message->position};
  const auto now = runtime.now();
  group->add(std::move(message), now, now + record.delay + faults.delay, true);
  changed(*group);
  return accepted;
}

void Server::remove_group(std::string_view native, const std::string& name) {
  find(native)->groups.erase(name);
  topics.erase(dead_letters_of(native, name));
}

void Server::changed(Group& group) {
  if (std::find(changed_.begin(), changed_.end(), &group) == changed_.end()) changed_.push_back(&group);
}

void Server::tell_lost(const Group::Tags& lost) {
  for (const auto& [member, tags] : lost)
    if (const auto session = sessions.find(member); session != sessions.end())
      static_cast<ConsumerSession*>(session->second)->lose(tags);
}

void Server::pump(Group& group, driver::Runtime& runtime) {
  if (frozen) return;
  const auto now = runtime.now();
  tell_lost(group.expire(now));
  if (group.has_members())
    if (const auto gap = group.take_gap(); gap > 0)
      static_cast<ConsumerSession*>(sessions.at(group.members().front()))->miss(gap);
  for (auto& [member, handed] : group.hand_out(now, faults, last_tag))
    static_cast<ConsumerSession*>(sessions.at(member))->deliver(std::move(handed));
  if (const auto next = group.next_event())
    for (const auto member : group.members()) static_cast<ConsumerSession*>(sessions.at(member))->wake_at(*next);
}

void Server::pump_changed(driver::Runtime& runtime) {
  for (auto* group : std::exchange(changed_, {})) pump(*group, runtime);
}

void Server::expire_leases(driver::Runtime& runtime) {
  for (auto& [_, topic] : topics)
    for (auto& [name, group] : topic.groups) {
      tell_lost(group.expire(runtime.now(), true));
      pump(group, runtime);
    }
}

void Server::cut(Session& session) {
  session.end(refused(Errc::unavailable, "the connection to the memory broker was cut"));
}

void Server::cut() {
  // What one session gives back must not go to the next that is about to end.
  const bool was = std::exchange(frozen, true);
  while (!sessions.empty()) cut(*sessions.begin()->second);
  frozen = was;
  for (auto& call : std::exchange(frozen_calls_, {}))
    call.runtime->post(
        [call] { call.fail(refused(Errc::unavailable, "the connection to the memory broker was cut")); });
}

void Server::take_down(bool on) {
  down = on;
  if (on) cut();
}

void Server::forget_sessions() {
  for (auto& [_, session] : sessions) session->forget();
}

void Server::call(Call call) {
  std::lock_guard lock(mutex);
  if (down)
    call.runtime->post([fail = std::move(call.fail)] { fail(is_down()); });
  else if (frozen)
    frozen_calls_.push_back(std::move(call));
  else
    call.runtime->post(std::move(call.run));
}

void Server::cancel(const driver::Connection& owner) {
  std::lock_guard lock(mutex);
  std::erase_if(frozen_calls_, [&](Call& call) {
    if (call.owner != &owner) return false;
    call.runtime->post([fail = std::move(call.fail)] {
      fail({.code = Errc::cancelled, .message = "the connection to the memory broker was closed"});
    });
    return true;
  });
}

void Server::freeze(bool on) {
  std::lock_guard lock(mutex);
  if (std::exchange(frozen, on) == on || on) return;
  for (auto& [_, session] : sessions) session->thaw();
  for (auto& call : std::exchange(frozen_calls_, {})) call.runtime->post(std::move(call.run));
}

}  // namespace ductape::inline v0::memory
