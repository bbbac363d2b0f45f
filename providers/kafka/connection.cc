// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/connection.h"

#include "providers/kafka/errors.h"
#include "providers/kafka/inspect.h"
#include "providers/kafka/probe.h"
#include "providers/kafka/publisher.h"

namespace ductape::inline v0::kafka {
namespace {

using driver::GroupSpec;
using driver::Millis;
using driver::Role;

// The brokers' own bounds are mostly 6 s and 30 min; a member is not given up for a hiccup of its machine.
constexpr Millis shortest_session{1'000}, longest_session{1'800'000};
constexpr Millis shortest_drain{30'000}, longest_drain{300'000};
// What members may take to leave their groups when the process ends.
constexpr std::chrono::milliseconds leaving_takes{2'500};

class PublisherHandle final : public driver::Publisher {
 public:
  explicit PublisherHandle(std::shared_ptr<PublisherSession> session) : session_(std::move(session)) {}
  ~PublisherHandle() override { session_->await_end(); }
  std::size_t submit(std::span<const driver::Record> records) override { return session_->submit(records); }
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags) override { return session_->recall(tags); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<PublisherSession> session_;
};

class ConsumerHandle final : public driver::Consumer {
 public:
  ConsumerHandle(std::shared_ptr<Member> member, std::shared_ptr<Reader> reader)
      : member_(std::move(member)), reader_(std::move(reader)) {}
  ~ConsumerHandle() override { reader_->end.wait(); }
  void credit(std::size_t messages, std::size_t bytes) override { member_->credit(reader_, messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { member_->settle(reader_, outcomes); }
  void extend(std::span<const driver::Tag>, Millis) override {}  // they are this member's while it is one
  void released(std::span<const std::uint32_t> scopes) override { member_->released(reader_, scopes); }
  void seek(std::string_view, driver::Done<void> done) override {
    member_->runtime().post([done = std::move(done)] {
      done(failure(Errc::unsupported, "a running Kafka consumer cannot be moved",
                   "close its members and reset the group"));
    });
  }
  void stop(driver::Deadline deadline) override { member_->stop(reader_, deadline); }

 private:
  const std::shared_ptr<Member> member_;
  const std::shared_ptr<Reader> reader_;
};

/// A session that could not begin.
class RefusedConsumer final : public driver::Consumer {
 public:
  RefusedConsumer(driver::Runtime& runtime, driver::ConsumeSink& sink, Error why) {
    runtime.post([end = end_, &sink, why = std::move(why)] {
      sink.ended(why);
      end->reach();
    });
  }
  ~RefusedConsumer() override { end_->wait(); }
  void credit(std::size_t, std::size_t) override {}
  void settle(std::span<const driver::Settle>) override {}
  void extend(std::span<const driver::Tag>, Millis) override {}
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view, driver::Done<void> done) override { done(failure(Errc::closed, "it never began")); }
  void stop(driver::Deadline) override {}

 private:
  const std::shared_ptr<SessionEnd> end_ = std::make_shared<SessionEnd>();
};

}  // namespace

Connection::Connection(KafkaOptions options, driver::Runtime& runtime)
    : options_(std::move(options)), runtime_(runtime) {}

Connection::~Connection() {
  const auto until = std::chrono::steady_clock::now() + leaving_takes;
  for (const auto& known : members_)
    while (!known.member->gone() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  members_.clear();
  for (const auto& broken : broken_) broken->stop();
  if (link_) link_->stop();
}

Result<std::shared_ptr<Link>> Connection::link() {
  const std::lock_guard lock(mutex_);
  if (link_ && !link_->broken()) return link_;
  if (link_) broken_.push_back(std::move(link_));
  auto made = std::make_shared<Link>(options_, runtime_);
  if (auto started = made->start(); !started) return std::move(started).error();
  link_ = std::move(made);
  return link_;
}

template <class T>
std::shared_ptr<Link> Connection::link_or_refuse(const driver::Done<T>& done) {
  auto made = link();
  if (made) return std::move(*made);
  runtime_.post([done, why = std::move(made).error()] { done(why); });
  return nullptr;
}

Result<driver::Address> Connection::address(const driver::TopicSpec& topic, Role role, std::string_view group) const {
  return make_address(topic, options_.topic, options_.group_id, role, group);
}

void Connection::provision(const driver::TopicSpec& topic, std::span<const GroupSpec> groups, bool create,
                           driver::Done<driver::Topology> done) {
  const auto main = address(topic, Role::main, {});
  if (!main) return runtime_.post([done = std::move(done), why = main.error()] { done(why); });
  Wanted wanted{.place = *place_of(&*main), .create = create};
  for (const auto& group : groups) {
    wanted.groups.push_back({.name = std::string(group.name), .from = std::string(group.from), .mode = group.mode});
    if (group.mode == GroupSpec::broadcast) broadcasts_->add(group.name);
  }
  if (const auto to = link_or_refuse(done)) {
    to->may_make(create);
    kafka::provision(to, std::move(wanted), std::move(done));
  }
}

void Connection::forget(const driver::Address& main, std::string_view group, driver::Done<void> done) {
  if (const auto to = link_or_refuse(done)) kafka::forget(to, *place_of(&main), std::string(group), std::move(done));
}

void Connection::reset(const driver::Address& main, std::string_view group, std::string_view to,
                       driver::Done<void> done) {
  if (const auto by = link_or_refuse(done))
    kafka::reset(by, *place_of(&main), std::string(group), std::string(to), std::move(done));
}

std::unique_ptr<driver::Publisher> Connection::publisher(driver::PublishSink& sink) {
  auto to = link();
  auto session =
      std::make_shared<PublisherSession>(to ? *to : std::make_shared<Link>(options_, runtime_), broadcasts_, sink);
  if (to)
    session->start();
  else
    session->refuse(to.error());
  return std::make_unique<PublisherHandle>(std::move(session));
}

Result<std::shared_ptr<Member>> Connection::member(const std::string& name, const Member::Setup& setup, bool shared) {
  const std::lock_guard lock(mutex_);
  std::erase_if(members_, [](const Known& known) { return known.member->gone(); });
  if (shared)
    for (const auto& known : members_)
      if (known.name == name && !known.member->leaving()) return known.member;
  auto made = std::make_shared<Member>(options_, setup, runtime_);
  if (auto started = made->start(); !started) return std::move(started).error();
  members_.push_back({name, made});
  return made;
}

std::unique_ptr<driver::Consumer> Connection::consumer(const driver::Address& from, const GroupSpec& group,
                                                       Millis lease, driver::ConsumeSink& sink) {
  const auto& at = *place_of(&from);
  Member::Setup setup{.place = place_of_group(at, options_.group_id, at.role, group.name),
                      .session = std::clamp(lease, shortest_session, longest_session),
                      .drain = std::clamp(10 * lease, shortest_drain, longest_drain),
                      .broadcasts = broadcasts_,
                      .shortest_session = shortest_session_};
  if (at.role == Role::dead_letter) setup.kind = Member::Kind::dead_letters;
  if (group.mode == GroupSpec::broadcast || broadcasts_->has(group.name)) {
    setup.kind = Member::Kind::broadcast;
    broadcasts_->add(group.name);
    setup.place.group_id = setup.place.topic + '.' + setup.place.group;
  }
  const auto name = (at.role == Role::dead_letter ? dead_letter_topic(setup.place) : setup.place.group_id) + ' ' +
                    setup.place.topic + ' ' + std::string(group.member);
  auto with = member(name, setup, !group.member.empty());
  if (!with) return std::make_unique<RefusedConsumer>(runtime_, sink, std::move(with).error());
  auto reader = std::make_shared<Reader>(sink, at.role);
  (*with)->attach(reader);
  return std::make_unique<ConsumerHandle>(std::move(*with), std::move(reader));
}

void Connection::inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) {
  const auto& at = *place_of(&main);
  std::optional<std::uint64_t> in_hand;
  if (at.role == Role::dead_letter) {
    const auto topic = dead_letter_topic(place_of_group(at, options_.group_id, at.role, group));
    const std::lock_guard lock(mutex_);
    for (const auto& known : members_)
      if (known.name.starts_with(topic + ' ') && !known.member->leaving()) in_hand = known.member->in_hand();
  }
  if (const auto to = link_or_refuse(done)) kafka::inspect(to, at, std::string(group), in_hand, std::move(done));
}

void Connection::probe(driver::Deadline deadline, driver::Done<driver::Probe> done) {
  if (const auto to = link_or_refuse(done)) kafka::probe(to, deadline, std::move(done));
}

}  // namespace ductape::inline v0::kafka
