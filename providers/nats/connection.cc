// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/connection.h"

#include "providers/nats/consumer.h"
#include "providers/nats/core_mode.h"
#include "providers/nats/probe.h"
#include "providers/nats/publisher.h"

namespace ductape::inline v0::nats {
namespace {

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
  explicit ConsumerHandle(std::shared_ptr<ConsumerSession> session) : session_(std::move(session)) {}
  ~ConsumerHandle() override { session_->await_end(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag> tags, driver::Millis lease) override { session_->extend(tags, lease); }
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view, driver::Done<void> done) override { session_->refuse_seek(std::move(done)); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<ConsumerSession> session_;
};

class CoreHandle final : public driver::Consumer {
 public:
  explicit CoreHandle(std::shared_ptr<CoreSubscription> session) : session_(std::move(session)) {}
  ~CoreHandle() override { session_->await_end(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}  // nobody else has them
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view, driver::Done<void> done) override { session_->refuse_seek(std::move(done)); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<CoreSubscription> session_;
};

class DeadLetterHandle final : public driver::Consumer {
 public:
  explicit DeadLetterHandle(std::shared_ptr<DeadLetterSession> session) : session_(std::move(session)) {}
  ~DeadLetterHandle() override { session_->await_end(); }
  void credit(std::size_t messages, std::size_t) override { session_->credit(messages); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}  // the lease of the session keeps them
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view, driver::Done<void> done) override { session_->refuse_seek(std::move(done)); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<DeadLetterSession> session_;
};

}  // namespace

Connection::Connection(NatsOptions options, StreamSettings settings, driver::Runtime& runtime)
    : settings_(std::move(settings)),
      link_(std::make_shared<Link>(std::move(options), runtime)),
      core_(link_->options().mode == "core") {}

Connection::~Connection() { link_->stop(); }

Result<driver::Address> Connection::address(const driver::TopicSpec& topic, driver::Role role,
                                            std::string_view group) const {
  // Without a stream there are no retries to read, but those that wait in the session.
  if (core_ && role == driver::Role::retry) return make_address(topic, {}, driver::Role::main, {});
  return make_address(topic, link_->options().stream, role, group);
}

void Connection::provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                           driver::Done<driver::Topology> done) {
  const auto main = address(topic, driver::Role::main, {});
  if (!main) return link_->soon([done = std::move(done), why = main.error()] { done(why); });
  if (core_) return link_->soon([done = std::move(done)] { done(driver::Topology()); });
  Wanted wanted{.place = *place_of(&*main), .settings = settings_, .groups = {}, .create = create};
  for (const auto& group : groups) wanted.groups.emplace_back(group);
  nats::provision(link_, std::move(wanted), std::move(done));
}

void Connection::forget(const driver::Address& main, std::string_view group, driver::Done<void> done) {
  if (core_) return link_->soon([done = std::move(done)] { done({}); });
  const auto& place = *place_of(&main);
  for (const auto role : {driver::Role::main, driver::Role::retry})
    attempts_->forget(place_of_group(place, role, group).consumer);
  nats::forget(link_, place, std::string(group), std::move(done));
}

void Connection::reset(const driver::Address& main, std::string_view group, std::string_view to,
                       driver::Done<void> done) {
  if (core_) return driver::Connection::reset(main, group, to, std::move(done));
  const auto& place = *place_of(&main);
  attempts_->forget(place_of_group(place, driver::Role::main, group).consumer);
  nats::reset(link_, place, std::string(group), std::string(to), std::move(done));
}

std::unique_ptr<driver::Publisher> Connection::publisher(driver::PublishSink& sink) {
  auto session = std::make_shared<PublisherSession>(link_, settings_, sink);
  session->start();
  return std::make_unique<PublisherHandle>(std::move(session));
}

std::unique_ptr<driver::Consumer> Connection::consumer(const driver::Address& from, const driver::GroupSpec& group,
                                                       driver::Millis lease, driver::ConsumeSink& sink) {
  if (core_) {
    auto session = std::make_shared<CoreSubscription>(link_, *place_of(&from), sink);
    session->start();
    return std::make_unique<CoreHandle>(std::move(session));
  }
  const auto place = place_of_group(*place_of(&from), place_of(&from)->role, group.name);
  if (place.role == driver::Role::dead_letter) {
    auto session = std::make_shared<DeadLetterSession>(link_, place, owner_lease(place, group.member, lease), sink);
    readers_->add(session, place);
    session->start();
    return std::make_unique<DeadLetterHandle>(std::move(session));
  }
  ConsumerSession::Setup setup{
      .place = place, .broadcast = group.mode == driver::GroupSpec::broadcast, .lease = lease, .attempts = attempts_};
  // One lease for the group's messages and its retries.
  if (!setup.broadcast && (place.ordered || group.mode == driver::GroupSpec::exclusive))
    setup.owner = owner_lease(place_of_group(place, driver::Role::main, group.name), group.member, lease);
  auto session = std::make_shared<ConsumerSession>(link_, std::move(setup), sink);
  session->start();
  return std::make_unique<ConsumerHandle>(std::move(session));
}

std::shared_ptr<OwnerLease> Connection::owner_lease(const Place& place, std::string_view member, driver::Millis lease) {
  std::lock_guard lock(mutex_);
  std::erase_if(owners_, [](const auto& entry) { return entry.second.expired(); });
  const auto name = member.empty() ? link_->new_inbox() : std::string(member);
  auto& known = owners_[{owner_subject(place), name}];
  auto owner = known.lock();
  if (!owner || owner->over()) {
    owner = std::make_shared<OwnerLease>(link_, place, name, lease);
    known = owner;
  }
  return owner;
}

void Connection::inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) {
  if (core_) return link_->soon([done = std::move(done)] { done(driver::GroupState()); });
  const auto& place = *place_of(&main);
  nats::inspect(link_, readers_, place.role == driver::Role::main ? place : place_of_group(place, place.role, group),
                std::string(group), std::move(done));
}

void Connection::check_publish(const driver::Address& to, driver::Deadline deadline, driver::Done<void> done) {
  if (core_) return link_->soon([done = std::move(done)] { done({}); });
  nats::check_publish(link_, *place_of(&to), deadline, std::move(done));
}

void Connection::probe(driver::Deadline deadline, driver::Done<driver::Probe> done) {
  core_ ? probe_core(link_, deadline, std::move(done)) : nats::probe(link_, settings_, deadline, std::move(done));
}

}  // namespace ductape::inline v0::nats
