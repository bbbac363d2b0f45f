// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/consumer_session.h"

#include "providers/memory/position.h"

namespace ductape::inline v0::memory {
namespace {

// Answers even if its request is dropped because the session ends.
struct Answer {
  driver::Runtime& runtime;
  driver::Done<void> done;

  Answer(driver::Runtime& at, driver::Done<void> then) : runtime(at), done(std::move(then)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (done)
      runtime.post([call = std::move(done)] { call(Error{.code = Errc::closed, .message = "the session ended"}); });
  }
  void operator()(Result<void> result) { std::exchange(done, nullptr)(std::move(result)); }
};

}  // namespace

using driver::Deadline;
using driver::Tag;

void ConsumerSession::join(driver::Millis lease) {
  std::lock_guard lock(server_->mutex);
  open();
  if (ended()) return;
  auto* found = group();
  if (found == nullptr)
    return end({.code = Errc::not_found,
                .message = "group " + place_.group + " of " + place_.topic + " does not exist at the memory broker",
                .hint = "provision it first",
                .provider = "memory"});
  found->join(id(), lease);
  next_alive_ = runtime_.now();
  wake_at(next_alive_);
}

void ConsumerSession::credit(std::size_t messages, std::size_t bytes) {
  std::lock_guard lock(server_->mutex);
  if (ended()) return;
  group()->credit(id(), messages, bytes);
  server_->pump(*group(), runtime_);
}

void ConsumerSession::deliver(std::vector<Handed> handed) {
  tell([this, handed = std::move(handed)] { pass_on(handed); });
}

void ConsumerSession::pass_on(const std::vector<Handed>& handed) {
  {
    std::lock_guard lock(server_->mutex);
    if (ended()) return;
    if (stopping_) {
      for (const auto& one : handed) (void)settle(*group(), {.tag = one.tag, .verdict = driver::Verdict::give_back});
      server_->pump(*group(), runtime_);
      return leave_if_done();
    }
  }
  std::vector<driver::Delivered> all;
  all.reserve(handed.size());
  for (const auto& one : handed) {
    const auto& message = *one.message;
    all.push_back({.tag = one.tag,
                   .id = message.id,
                   .key = message.key,
                   .native_id = message.position,
                   .position = one.own ? std::string_view() : std::string_view(message.position),
                   .body = std::as_bytes(std::span(message.body)),
                   .attributes = message.attributes,
                   .headers = message.headers,
                   .deliveries = one.deliveries,
                   .failures = one.failures,
                   .first_failure = one.first_failure,
                   .published = message.accepted,
                   .lease = one.lease,
                   .bytes = one.message});
  }
  sink_.alive(runtime_.now());
  sink_.delivered(all);
}

void ConsumerSession::lose(std::vector<Tag> tags) {
  tell([this, tags = std::move(tags)] {
    sink_.lost(tags, {.code = Errc::lost, .message = "the lease at the memory broker ended", .provider = "memory"});
    std::lock_guard lock(server_->mutex);
    if (stopping_) leave_if_done();
  });
}

void ConsumerSession::miss(std::uint64_t messages) {
  tell([this, messages] { sink_.gap(0, messages); });
}

void ConsumerSession::settle(std::span<const driver::Settle> outcomes) {
  std::lock_guard lock(server_->mutex);
  request([this, batch = std::vector(outcomes.begin(), outcomes.end())] {
    std::lock_guard inner(server_->mutex);
    if (ended()) return;
    std::vector<driver::Settled> settled;
    for (const auto& outcome : batch) settled.push_back({outcome.tag, settle(*group(), outcome)});
    // In its turn: behind what was handed out before it, and before what it makes ready.
    tell([this, settled = std::move(settled)] {
      sink_.settled(settled);
      std::lock_guard after(server_->mutex);
      if (stopping_) leave_if_done();
    });
    server_->pump(*group(), runtime_);
    server_->pump_changed(runtime_);
  });
}

Error ConsumerSession::settle(Group& from, const driver::Settle& outcome) {
  if (!from.holds(id(), outcome.tag))
    return {.code = Errc::lost,
            .message = "the memory broker has handed this message to somebody else or is done with it",
            .provider = "memory"};
  if (outcome.moved != nullptr)
    if (auto accepted = server_->publish(*outcome.moved, runtime_, outcome.tag); accepted.error) return accepted.error;
  from.settle(id(), outcome, runtime_.now(), server_->faults.delay);
  return {};
}

void ConsumerSession::extend(std::span<const Tag> tags, driver::Millis lease) {
  std::lock_guard lock(server_->mutex);
  request([this, batch = std::vector(tags.begin(), tags.end()), lease] {
    std::lock_guard inner(server_->mutex);
    if (ended()) return;
    for (const auto tag : batch) group()->extend(id(), tag, runtime_.now() + lease);
    server_->pump(*group(), runtime_);
  });
}

void ConsumerSession::seek(std::string_view position, driver::Done<void> done) {
  auto answer = std::make_shared<Answer>(runtime_, std::move(done));
  std::lock_guard lock(server_->mutex);
  request([this, position = std::string(position), answer = std::move(answer)] {
    Result<void> result;
    {
      std::lock_guard inner(server_->mutex);
      if (ended()) return;
      const auto& log = server_->find(place_.topic)->log;
      auto start = start_at(position, log);
      if (place_.role == driver::Role::dead_letter) {
        result = Error{.code = Errc::unsupported,
                       .message = place_.topic + ": dead letters are read from the oldest on, nowhere else",
                       .provider = "memory"};
      } else if (start) {
        server_->tell_lost(group()->seek(*start, log, runtime_.now()));
        server_->pump(*group(), runtime_);
      } else {
        result = std::move(start).error();
      }
    }
    (*answer)(std::move(result));
  });
}

void ConsumerSession::stop(Deadline deadline) {
  std::lock_guard lock(server_->mutex);
  if (ended()) return;
  if (!std::exchange(stopping_, true)) {
    group()->retire(id());
    request([this] {
      std::lock_guard inner(server_->mutex);
      leave_if_done();
    });
  }
  stop_at(deadline);
}

void ConsumerSession::leave_if_done() {
  if (!ended() && group()->held(id()) == 0) end({});
}

void ConsumerSession::on_end(const Error& why) {
  if (timer_ != 0) runtime_.cancel(timer_);
  auto* from = group();
  if (from == nullptr) return;
  from->leave(id(), runtime_.now(), !why && !forgotten());
  // A broadcast group is one subscription's: it outlives a lost connection, not the subscription's end.
  if (from->mode() == driver::GroupSpec::broadcast && !why && !from->has_members())
    return server_->remove_group(place_.topic, place_.group);
  server_->pump(*from, runtime_);
}

void ConsumerSession::wake_at(Deadline when) {
  if (ended() || when >= timer_at_) return;
  if (timer_ != 0) runtime_.cancel(timer_);
  timer_at_ = when;
  timer_ = runtime_.at(when, [weak = weak_from_this()] {
    const auto self = std::static_pointer_cast<ConsumerSession>(weak.lock());
    if (!self) return;
    std::lock_guard lock(self->server_->mutex);
    self->tell([raw = self.get()] { raw->tick(); });
  });
}

void ConsumerSession::thaw() {
  Session::thaw();
  tell([this] { tick(); });
}

void ConsumerSession::tick() {
  {
    std::lock_guard lock(server_->mutex);
    if (ended()) return;
    const auto now = runtime_.now();
    timer_ = 0;
    timer_at_ = Deadline::max();
    const bool heard = !server_->frozen && now >= next_alive_;
    if (now >= next_alive_) next_alive_ = now + heartbeat;
    wake_at(next_alive_);
    server_->pump(*group(), runtime_);
    if (!heard) return;
  }
  sink_.alive(runtime_.now());
}

}  // namespace ductape::inline v0::memory
