// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/broadcast_consumer.h"

#include "providers/redis/errors.h"
#include "providers/redis/message.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis patience_of_read = 1s;
constexpr std::size_t most_at_once = 256;

}  // namespace

BroadcastConsumer::BroadcastConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access,
                                     std::shared_ptr<Presence> presence, Runtime& runtime, Place place,
                                     const GroupSpec& group, ConsumeSink& sink)
    : Session(loop),
      access_(std::move(access)),
      presence_(std::move(presence)),
      runtime_(runtime),
      place_(std::move(place)),
      member_(std::string(group.member) + " " + place_.stream),
      sink_(sink),
      due_(loop) {}

void BroadcastConsumer::start() {
  post([this] {
    link_ = std::make_unique<Dialogue>(
        loop_, *access_, [this] { begin(); }, [this](Error why) { end(std::move(why)); });
  });
}

void BroadcastConsumer::begin() {
  if (!presence_->position(member_).empty()) {
    begun_ = true;
    return fetch();
  }
  link_->ask({"XREVRANGE", place_.stream, "+", "-", "COUNT", "1"}, [this](const Reply& reply) {
    const ReplyView answer(reply.get());
    if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
    presence_->position(member_) = answer.size() > 0 ? std::string(answer[0][0].text()) : "0-0";
    begun_ = true;
    tell([&] { sink_.alive(runtime_.now()); });
    fetch();
  });
}

void BroadcastConsumer::credit(std::size_t messages, std::size_t bytes) {
  post([this, messages, bytes] {
    window_ = messages;
    window_bytes_ = bytes;
    fetch();
  });
}

void BroadcastConsumer::fetch() {
  if (leaving_ || is_over()) return;
  hand_out();
  if (asked_ || !begun_ || is_over()) return;
  const bool full = held_.size() >= window_ || held_bytes_ >= window_bytes_ || waiting_.size() >= most_at_once;
  if (full) {
    // It must be heard that the server is there.
    due_.at(runtime_.now() + patience_of_read, [this] {
      if (asked_ || leaving_) return;
      asked_ = true;
      link_->ask({"PING"}, [this](const Reply& reply) { came(reply); });
    });
    return;
  }
  asked_ = true;
  Command command{"XREAD", "COUNT"};
  command.add(std::min(window_ - held_.size(), most_at_once)).add("BLOCK").add(patience_of_read.count());
  command.add("STREAMS").add(place_.stream).add(presence_->position(member_));
  link_->ask(command, [this](const Reply& reply) { came(reply); });
}

void BroadcastConsumer::came(const Reply& reply) {
  asked_ = false;
  const ReplyView answer(reply.get());
  if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
  const auto entries = answer[0][1];
  const auto batch = std::make_shared<Batch>(reply);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto message = batch->read(entries[i][0], entries[i][1], 1);
    presence_->position(member_) = entries[i][0].text();
    waiting_.emplace(runtime_.now(), std::move(message));
  }
  tell([&] { sink_.alive(runtime_.now()); });
  if (leaving_) return end({});
  fetch();
}

void BroadcastConsumer::hand_out() {
  std::vector<Delivered> messages;
  while (!waiting_.empty() && waiting_.begin()->first <= runtime_.now() && held_.size() < window_ &&
         held_bytes_ < window_bytes_) {
    auto message = std::move(waiting_.extract(waiting_.begin()).mapped());
    message.tag = ++last_tag_;
    held_bytes_ += message.body.size();
    held_.emplace(message.tag, message);
    messages.push_back(std::move(message));
  }
  if (!messages.empty()) tell([&] { sink_.delivered(messages); });
  wake();
}

void BroadcastConsumer::wake() {
  if (!waiting_.empty() && waiting_.begin()->first > runtime_.now())
    due_.at(waiting_.begin()->first, [this] { fetch(); });
}

void BroadcastConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    std::vector<Settled> answers;
    for (const auto& outcome : outcomes) {
      answers.push_back({.tag = outcome.tag});
      auto held = held_.extract(outcome.tag);
      if (!held) continue;
      auto& message = held.mapped();
      held_bytes_ -= message.body.size();
      // There are no dead letters of a broadcast: what would go there is done.
      if (outcome.verdict == Verdict::ack) continue;
      if (outcome.verdict == Verdict::retry) {
        message.failures = outcome.failures;
        message.first_failure = outcome.first_failure;
        message.deliveries = 1;
      }
      waiting_.emplace(runtime_.now() + outcome.delay, std::move(message));
    }
    tell([&] { sink_.settled(answers); });
    fetch();
  });
}

void BroadcastConsumer::leave() {
  leaving_ = true;
  presence_->forget_position(member_);
  post([this] { end({}); });
}

// The session that replaces this one begins before the first message that has no outcome yet.
void BroadcastConsumer::on_end(Error why) {
  if (!leaving_) {
    std::optional<EntryId> first;
    const auto see = [&](const Delivered& message) {
      const auto id = EntryId::parse(message.position);
      if (!first || id < *first) first = id;
    };
    for (const auto& [tag, message] : held_) see(message);
    for (const auto& [due, message] : waiting_) see(message);
    if (first) presence_->position(member_) = first->before().text();
  }
  due_.cancel();
  link_.reset();
  tell([&] { sink_.ended(std::move(why)); });
}

void BroadcastConsumerHandle::seek(std::string_view, Done<void> done) {
  done(failure(Errc::unsupported, "a broadcast begins when it subscribes"));
}

}  // namespace ductape::inline v0::redis
