// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/unkept_consumer.h"

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {

using namespace driver;

void UnkeptConsumer::credit(std::size_t messages, std::size_t bytes) {
  post([this, messages, bytes] {
    window_ = messages;
    window_bytes_ = bytes;
    go_on();
  });
}

std::size_t UnkeptConsumer::room() const {
  return held_bytes_ < window_bytes_ && held_.size() < window_ ? window_ - held_.size() : 0;
}

void UnkeptConsumer::hand_out() {
  std::vector<Delivered> messages;
  while (!waiting_.empty() && waiting_.begin()->first <= runtime_.now() && room() > 0) {
    auto message = std::move(waiting_.extract(waiting_.begin()).mapped());
    message.tag = ++last_tag_;
    held_bytes_ += message.body.size();
    held_.emplace(message.tag, message);
    messages.push_back(std::move(message));
  }
  if (!messages.empty()) tell([&] { sink_.delivered(messages); });
  if (!waiting_.empty() && waiting_.begin()->first > runtime_.now())
    due_.at(waiting_.begin()->first, [this] { go_on(); });
}

void UnkeptConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    std::vector<Settled> answers;
    for (const auto& outcome : outcomes) {
      answers.push_back({.tag = outcome.tag});
      auto held = held_.extract(outcome.tag);
      if (!held) continue;
      auto& message = held.mapped();
      held_bytes_ -= message.body.size();
      if (outcome.verdict == Verdict::ack) continue;
      if (outcome.verdict == Verdict::retry) {
        message.failures = outcome.failures;
        message.first_failure = outcome.first_failure;
      }
      waiting_.emplace(runtime_.now() + outcome.delay, std::move(message));
    }
    tell([&] { sink_.settled(answers); });
    go_on();
  });
}

void UnkeptConsumer::on_end(Error why) {
  due_.cancel();
  tell([&] { sink_.ended(std::move(why)); });
}

void UnkeptConsumerHandle::seek(std::string_view, Done<void> done) {
  done(failure(Errc::unsupported, "a broadcast begins when it subscribes"));
}

}  // namespace ductape::inline v0::redis
