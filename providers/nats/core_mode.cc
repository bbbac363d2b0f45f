// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/core_mode.h"

#include <algorithm>
#include <iterator>

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis ping_every{1'000};

}  // namespace

void CoreSubscription::start() {
  push([this] {
    link_->add(std::static_pointer_cast<CoreSubscription>(shared_from_this()));
    messages_ = link_->listen(place_.subject, [weak = weak_from_this()](std::vector<MessagePtr> messages) {
      if (const auto self = std::static_pointer_cast<CoreSubscription>(weak.lock())) self->arrived(std::move(messages));
    });
    tick();
  });
}

// It goes the way that the subscription went: after its answer the server knows of that.
void CoreSubscription::tick() {
  at(runtime_.now() + ping_every, [this] { tick(); });
  ping(*link_, runtime_.now() + 2 * ping_every, later<Result<void>>([this](const Result<void>& answer) {
    if (answer) sink_.alive(runtime_.now());
  }));
}

void CoreSubscription::credit(std::size_t messages, std::size_t bytes) {
  push([this, messages, bytes] {
    credit_ = messages;
    credit_bytes_ = bytes;
    hand_out();
  });
}

void CoreSubscription::arrived(std::vector<MessagePtr> messages) {
  if (ended()) return;
  const bool first = arrivals_.empty();
  std::ranges::move(messages, std::back_inserter(arrivals_));
  if (first) push([this] { take_arrivals(); });
}

void CoreSubscription::take_arrivals() {
  std::uint64_t dropped = 0;
  auto arrivals = std::exchange(arrivals_, {});
  for (auto& message : arrivals) {
    if (!message) continue;
    if (waiting_.size() >= most_waiting) {
      ++dropped;
      continue;
    }
    auto one = std::make_shared<Arrived>();
    one->envelope = read_headers(headers_of(*message));
    one->sequence = std::to_string(++last_sequence_);
    one->native_id = place_.subject + ':' + one->sequence;
    one->message = std::move(message);
    waiting_.push_back({.message = std::move(one)});
  }
  if (dropped > 0) sink_.gap(0, dropped);
  hand_out();
}

void CoreSubscription::hand_out() {
  std::vector<driver::Delivered> out;
  while (!stopping() && !waiting_.empty() && held_.size() < credit_ && (held_.empty() || held_bytes_ < credit_bytes_)) {
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    const auto tag = ++last_tag_;
    out.push_back(delivered(tag, one));
    held_bytes_ += out.back().body.size();
    held_.emplace(tag, std::move(one));
  }
  if (!out.empty()) sink_.delivered(out);
}

driver::Delivered CoreSubscription::delivered(driver::Tag tag, const Waiting& waiting) const {
  const auto& arrived = *waiting.message;
  const auto body = body_of(*arrived.message);
  driver::Delivered one{.tag = tag,
                        .id = arrived.envelope.id.empty() ? std::string_view(arrived.native_id) : arrived.envelope.id,
                        .key = arrived.envelope.key,
                        .native_id = arrived.native_id,
                        .body = std::as_bytes(std::span(body)),
                        .attributes = arrived.envelope.attributes,
                        .headers = arrived.envelope.headers,
                        .failures = waiting.failures,
                        .bytes = waiting.message};
  if (waiting.failures > 0) one.first_failure = waiting.first_failure;
  return one;
}

void CoreSubscription::settle(std::span<const driver::Settle> outcomes) {
  push([this, batch = std::vector(outcomes.begin(), outcomes.end())] {
    std::vector<driver::Settled> settled;
    for (const auto& outcome : batch) {
      const auto found = held_.find(outcome.tag);
      if (found == held_.end()) {
        settled.push_back({outcome.tag, failure(Errc::lost, place_.subject + ": it was settled before")});
        continue;
      }
      auto one = std::move(held_.extract(found).mapped());
      held_bytes_ -= body_of(*one.message->message).size();
      settled.push_back({outcome.tag, {}});
      if (outcome.verdict == driver::Verdict::ack) continue;
      if (outcome.verdict == driver::Verdict::retry) {
        one.failures = outcome.failures;
        one.first_failure = outcome.first_failure;
      }
      at(runtime_.now() + outcome.delay, [this, one] {
        waiting_.push_front(one);
        hand_out();
      });
    }
    sink_.settled(settled);
    hand_out();
    if (stopping() && held_.empty()) end({});
  });
}

void CoreSubscription::begin_stop() {
  if (held_.empty()) end({});
}

void CoreSubscription::on_end(const Error&) {
  if (messages_) link_->leave(messages_, [] {});
}

void ping(Link& link, driver::Deadline deadline, driver::Done<void> done) {
  link.ask("_DUCTAPE.ping", {}, {}, deadline,
           [done = std::move(done)](const Result<MessagePtr>& answer) { answer ? done({}) : done(answer.error()); });
}

void probe_core(std::shared_ptr<Link> link, driver::Deadline deadline, driver::Done<driver::Probe> done) {
  ping(*link, deadline, [link, done = std::move(done)](const Result<void>& answer) {
    if (!answer && answer.error().code == Errc::outcome_unknown)
      return done(failure(Errc::timed_out, "NATS at " + link->servers() + " did not answer in time",
                          "look at the server's log, and whether the user has the right to publish to _DUCTAPE.>"));
    if (!answer) return done(answer.error());
    done(driver::Probe{.survives = driver::Survives::nothing,
                       .server = "nats at " + link->servers(),
                       .warning = "`mode: core` keeps no message; use `mode: jetstream`, or accept it with "
                                  "`durability: lossy`"});
  });
}

}  // namespace ductape::inline v0::nats
