// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/connection.h"

#include <atomic>

#include "providers/memory/consumer_session.h"
#include "providers/memory/position.h"
#include "providers/memory/provider.h"
#include "providers/memory/publisher_session.h"

namespace ductape::inline v0::memory {
namespace {

class PublisherHandle final : public driver::Publisher {
 public:
  explicit PublisherHandle(std::shared_ptr<PublisherSession> session) : session_(std::move(session)) {}
  ~PublisherHandle() override { session_->await_end(); }
  std::size_t submit(std::span<const driver::Record> records) override { return session_->submit(records); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  std::shared_ptr<PublisherSession> session_;
};

class ConsumerHandle final : public driver::Consumer {
 public:
  explicit ConsumerHandle(std::shared_ptr<ConsumerSession> session) : session_(std::move(session)) {}
  ~ConsumerHandle() override { session_->await_end(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag> tags, driver::Millis lease) override { session_->extend(tags, lease); }
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override { session_->seek(position, std::move(done)); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  std::shared_ptr<ConsumerSession> session_;
};

const Place& place_of(const driver::Address& address) { return *static_cast<const Place*>(address.plan.get()); }

Error not_found(const Place& place, std::string_view group) {
  return {.code = Errc::not_found,
          .message = "group " + std::string(group) + " of " + place.topic + " does not exist at the memory broker",
          .provider = "memory"};
}

// A spec whose views live as long as it does.
struct OwnedGroup {
  explicit OwnedGroup(const driver::GroupSpec& spec) : name(spec.name), from(spec.from), mode(spec.mode) {}
  [[nodiscard]] driver::GroupSpec spec() const { return {.name = name, .mode = mode, .from = from}; }
  std::string name, from;
  driver::GroupSpec::Mode mode;
};

struct Wanted {
  std::string native;
  bool ordered = false, create = false;
  Retention retention = {};
  std::vector<OwnedGroup> groups = {};
};

Result<void> check_unused(const Group& group, const std::string& topic, std::string_view name) {
  const auto members = group.members().size();
  if (members == 0) return {};
  return Error{.code = Errc::conflict,
               .message = "group " + std::string(name) + " of " + topic + " has " + std::to_string(members) +
                          (members == 1 ? " member running" : " members running"),
               .hint = "close its subscriptions first",
               .provider = "memory"};
}

Result<driver::Topology> provision(Server& server, const Wanted& wanted, driver::Runtime& runtime) {
  driver::Topology found;
  // All starts are read first, so that a bad one makes nothing.
  std::vector<driver::WallTime> starts;
  for (const auto& group : wanted.groups) {
    auto start = start_time(group.from);
    if (!start) return std::move(start).error();
    starts.push_back(*start);
  }
  auto* topic = server.find(wanted.native);
  if (topic == nullptr) {
    (wanted.create ? found.created : found.missing).push_back(wanted.native);
    if (wanted.create) topic = &server.make_topic(wanted.native, wanted.ordered);
  } else if (topic->ordered != wanted.ordered) {
    if (wanted.create && topic->groups.empty())
      topic->ordered = wanted.ordered;  // a publish made it
    else
      found.differs.push_back(wanted.native);
  }
  if (wanted.create) {
    topic->retention = wanted.retention;
    server.remove_old(*topic, runtime.wall());
  }
  for (std::size_t i = 0; i < wanted.groups.size(); ++i) {
    const auto spec = wanted.groups[i].spec();
    const auto native = wanted.native + '.' + wanted.groups[i].name;
    if (auto* group = server.find(wanted.native, spec.name)) {
      if (group->mode() == spec.mode) continue;
      if (auto unused = check_unused(*group, wanted.native, spec.name); wanted.create && !unused) return unused.error();
      if (wanted.create)
        group->set_mode(spec.mode);
      else
        found.differs.push_back(native);
      continue;
    }
    (wanted.create ? found.created : found.missing).push_back(native);
    if (!wanted.create) continue;
    server.make_group(wanted.native, spec, starts[i], runtime);
    const auto dead = dead_letters_of(wanted.native, spec.name);
    server.make_topic(dead, false);
    server.make_group(dead, {.name = spec.name}, driver::WallTime::min(), runtime);
  }
  return found;
}

Result<void> forget(Server& server, const Place& place, const std::string& name) {
  auto* group = server.find(place.topic, name);
  if (group == nullptr) return {};
  const auto* dead = server.find(dead_letters_of(place.topic, name), name);
  if (auto unused = check_unused(*group, place.topic, name); !unused) return unused;
  if (dead != nullptr)
    if (auto unused = check_unused(*dead, dead_letters_of(place.topic, name), name); !unused) return unused;
  server.remove_group(place.topic, name);
  return {};
}

Result<void> reset(Server& server, const Place& place, const std::string& name, const std::string& to,
                   driver::Runtime& runtime) {
  if (place.role == driver::Role::dead_letter)
    return Error{.code = Errc::invalid_argument,
                 .message = place.topic + ": dead letters have no place to go on from",
                 .hint = "reset the group on its topic, or redrive or purge them",
                 .provider = "memory"};
  auto* group = server.find(place.topic, name);
  if (group == nullptr) return not_found(place, name);
  if (auto unused = check_unused(*group, place.topic, name); !unused) return unused;
  auto& topic = *server.find(place.topic);
  const auto start = start_at(to, topic.log);
  if (!start) return start.error();
  (void)group->seek(*start, topic.log, runtime.now());
  return {};
}

Result<driver::GroupState> inspect(Server& server, const Place& place, const std::string& name,
                                   driver::Runtime& runtime) {
  const auto now = runtime.wall();
  if (auto* topic = server.find(place.topic)) server.remove_old(*topic, now);
  const auto* group = server.find(place.topic, name);
  if (group == nullptr) return not_found(place, name);
  auto state = group->state(now);
  if (place.role == driver::Role::dead_letter) {
    state.done = state.data_loss = std::nullopt;
  } else if (const auto* dead = server.find(dead_letters_of(place.topic, name), name)) {
    const auto letters = dead->state(now);
    state.dead = letters.lag;
    *state.data_loss += *letters.done;  // acked and not moved: purged
  }
  return state;
}

}  // namespace

template <class T>
void Connection::call(std::function<Result<T>(Server&)> work, driver::Done<T> done) {
  server_->call({.owner = this,
                 .runtime = &runtime_,
                 .run =
                     [server = server_, work = std::move(work), done] {
                       std::unique_lock lock(server->mutex);
                       auto result = work(*server);
                       lock.unlock();
                       done(std::move(result));
                     },
                 .fail = [done](Error why) { done(std::move(why)); }});
}

Result<std::unique_ptr<driver::Connection>> Provider::open(const driver::Options&, driver::Runtime& runtime) const {
  return std::unique_ptr<driver::Connection>(std::make_unique<Connection>(server_, runtime));
}

Connection::~Connection() { server_->cancel(*this); }

Result<driver::Address> Connection::address(const driver::TopicSpec& topic, driver::Role role,
                                            std::string_view group) const {
  const bool dead = role == driver::Role::dead_letter;
  const auto main = native_name(topic.product, topic.env, topic.broker, topic.topic);
  const auto name = dead ? dead_letters_of(main, group) : main;
  return driver::Address{
      .native = name,
      .plan = std::make_shared<const Place>(Place{.topic = name,
                                                  .main = main,
                                                  .group = std::string(group),
                                                  .role = role,
                                                  .ordered = topic.ordered && !dead,
                                                  .retention = {topic.retention_age, topic.retention_bytes}})};
}

void Connection::provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                           driver::Done<driver::Topology> done) {
  Wanted wanted{.native = address(topic, driver::Role::main, {})->native, .ordered = topic.ordered, .create = create};
  wanted.retention = {topic.retention_age, topic.retention_bytes};
  for (const auto& group : groups) wanted.groups.emplace_back(group);
  call<driver::Topology>([wanted = std::move(wanted), this_runtime = &runtime_](
                             Server& server) { return memory::provision(server, wanted, *this_runtime); },
                         std::move(done));
}

void Connection::forget(const driver::Address& main, std::string_view group, driver::Done<void> done) {
  call<void>([place = place_of(main),
              name = std::string(group)](Server& server) { return memory::forget(server, place, name); },
             std::move(done));
}

void Connection::inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) {
  call<driver::GroupState>([place = place_of(main), name = std::string(group), runtime = &runtime_](
                               Server& server) { return memory::inspect(server, place, name, *runtime); },
                           std::move(done));
}

void Connection::reset(const driver::Address& main, std::string_view group, std::string_view to,
                       driver::Done<void> done) {
  call<void>([place = place_of(main), name = std::string(group), to = std::string(to),
              runtime = &runtime_](Server& server) { return memory::reset(server, place, name, to, *runtime); },
             std::move(done));
}

void Connection::probe(driver::Deadline deadline, driver::Done<driver::Probe> done) {
  // A frozen server does not answer: then the deadline does.
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  const driver::Done<driver::Probe> once = [answered, done = std::move(done)](Result<driver::Probe> result) {
    if (!answered->exchange(true)) done(std::move(result));
  };
  const auto timer = runtime_.at(deadline, [once] {
    once(Error{.code = Errc::timed_out, .message = "the memory broker did not answer", .provider = "memory"});
  });
  call<driver::Probe>(
      [](Server&) {
        return driver::Probe{.survives = driver::Survives::nothing,
                             .server = "memory",
                             .warning = "messages live as long as this process; use the embedded broker to keep them"};
      },
      [once, timer, runtime = &runtime_](Result<driver::Probe> result) {
        runtime->cancel(timer);
        once(std::move(result));
      });
}

std::unique_ptr<driver::Publisher> Connection::publisher(driver::PublishSink& sink) {
  auto session = std::make_shared<PublisherSession>(server_, runtime_, sink);
  std::lock_guard lock(server_->mutex);
  session->open();
  return std::make_unique<PublisherHandle>(std::move(session));
}

std::unique_ptr<driver::Consumer> Connection::consumer(const driver::Address& from, const driver::GroupSpec& group,
                                                       driver::Millis lease, driver::ConsumeSink& sink) {
  auto place = place_of(from);
  place.group = std::string(group.name);
  auto session = std::make_shared<ConsumerSession>(server_, runtime_, std::move(place), sink);
  session->join(lease);
  return std::make_unique<ConsumerHandle>(std::move(session));
}

}  // namespace ductape::inline v0::memory
