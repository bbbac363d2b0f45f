// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/dead_letter_consumer.h"

#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis pause = 170ms, between_looks = 10ms;
constexpr int most_looks = 50;
constexpr std::size_t most_asked = 64, most_at_once = 16;

}  // namespace

void DeadLetterConsumer::start() {
  post([this] { channel_ = trunk_->join(*this); });
}

void DeadLetterConsumer::ready() {
  reading_ = true;
  look_again();
}

void DeadLetterConsumer::credit(std::size_t messages) {
  post([this, messages] {
    window_ = messages;
    if (window_ == 0) give_back_waiting();
    fetch();
  });
}

void DeadLetterConsumer::look_again() {
  if (channel_ == 0 || parting_ || is_over()) return;
  again_.at(runtime_.now() + pause, [this] { look_again(); });
  fetch();
}

// One by one, as a consumer would be given again what it gave back.
void DeadLetterConsumer::fetch() {
  if (!reading_ || leaving_ || asked_ > 0 || is_over()) return;
  std::string frames;
  const auto room = hands_.held() < window_ ? std::min(window_ - hands_.held(), at_once_) : 0;
  if (room == 0) {
    method::set_prefetch(frames, channel_, 1);
    ++asked_;
    return trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) { got(reply); });
  }
  for (std::size_t i = 0; i < room; ++i) {
    method::get(frames, channel_, queue_);
    ++asked_;
    trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) { got(reply); });
  }
  count();
}

// What may be on its way counts too.
void DeadLetterConsumer::count() {
  const auto now = static_cast<std::int64_t>(hands_.held() + hands_.waiting() + asked_ + returning_);
  in_hand_->add(queue_, now - std::exchange(counted_, now));
}

void DeadLetterConsumer::got(const Result<Reply>& reply) {
  --asked_;
  if (!reply) return;
  const bool polled = reply->id == AMQP_BASIC_QOS_OK_METHOD && hands_.held() < window_;
  const bool one = reply->message != nullptr;
  if (reply->id == AMQP_BASIC_GET_EMPTY_METHOD) at_once_ = 1;
  if (one) hands_.came({.delivery = reply->message->delivery_tag, .content = std::move(reply->message->content)});
  count();
  if (asked_ > 0) return;
  if (one) at_once_ = std::min(2 * at_once_, most_asked);
  std::vector<Delivered> messages;
  while (!leaving_ && window_ > 0) {
    auto next = hands_.hand_out();
    if (!next) break;
    auto& message = messages.emplace_back(Content::delivered(next->second.content));
    message.tag = next->first;
  }
  tell([&] {
    sink_.alive(runtime_.now());
    if (!messages.empty()) sink_.delivered(messages);
  });
  if (is_over()) return;
  if (leaving_) return part();
  if (window_ == 0) give_back_waiting();
  if (one || polled) fetch();
}

void DeadLetterConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    std::vector<Settled> at_once, acked, returned;
    std::vector<std::uint64_t> acks;
    std::set<std::uint64_t> back;
    for (const auto& outcome : outcomes) {
      const auto hand = hands_.take(outcome.tag);
      if (!hand) {
        at_once.push_back({.tag = outcome.tag, .error = failure(Errc::lost, "the dead letter is in other hands")});
      } else if (outcome.verdict == Verdict::ack) {
        acks.push_back(hand->delivery);
        acked.push_back({.tag = outcome.tag});
      } else {
        back.insert(hand->delivery);
        returned.push_back({.tag = outcome.tag});
      }
    }
    if (!at_once.empty()) tell([&] { sink_.settled(at_once); });
    if (is_over()) return;
    std::string frames;
    if (!acks.empty()) {
      hands_.write_acks(frames, channel_, acks);
      method::set_prefetch(frames, channel_, 1);
      ++unanswered_;
      trunk_->ask(channel_, frames, [this, acked = std::move(acked)](const Result<Reply>& reply) {
        if (reply) answered(acked);
      });
    }
    if (!returned.empty()) give_back(back, std::move(returned));
    if (leaving_) part();
    fetch();
  });
}

void DeadLetterConsumer::answered(std::span<const Settled> answers) {
  --unanswered_;
  count();
  if (!answers.empty()) tell([&] { sink_.settled(answers); });
  if (is_over()) return;
  if (leaving_) return part();
  fetch();
}

void DeadLetterConsumer::give_back(const std::set<std::uint64_t>& deliveries, std::vector<Settled> answers) {
  ++unanswered_;
  returning_ += deliveries.size();
  count();
  give_back_some(std::make_shared<Return>(Return{.left = deliveries, .answers = std::move(answers)}));
}

// The oldest first, and few at a time: a queue that gets many at once mixes them. It takes them a little later than the
// channel, and who asks next must find them.
void DeadLetterConsumer::give_back_some(const std::shared_ptr<Return>& giving) {
  if (is_over()) return;
  std::string frames;
  for (std::size_t i = 0; i < most_at_once && !giving->left.empty(); ++i) {
    hands_.write_requeue(frames, channel_, *giving->left.begin());
    giving->left.erase(giving->left.begin());
    ++giving->given;
  }
  trunk_->send(frames);
  giving->looks = 0;
  await_return(giving);
}

void DeadLetterConsumer::await_return(const std::shared_ptr<Return>& giving) {
  if (is_over()) return;
  std::string frames;
  method::declare_queue(frames, channel_, {.name = queue_, .passive = true});
  trunk_->ask(channel_, frames, [this, giving](const Result<Reply>& reply) {
    if (!reply) return;
    const auto ready = static_cast<const amqp_queue_declare_ok_t*>(reply->decoded)->message_count;
    if (ready < giving->given && ++giving->looks < most_looks)
      return looking_.at(runtime_.now() + between_looks, [this, giving] { await_return(giving); });
    if (!giving->left.empty()) return give_back_some(giving);
    returning_ -= giving->given;
    answered(giving->answers);
  });
}

void DeadLetterConsumer::give_back_waiting() {
  std::set<std::uint64_t> back;
  for (const auto& [delivery, hand] : hands_.take_waiting()) back.insert(delivery);
  if (!back.empty()) give_back(back, {});
}

void DeadLetterConsumer::leave() {
  leaving_ = true;
  if (!reading_) return post([this] { end({}); });
  part();
}

void DeadLetterConsumer::part() {
  if (asked_ > 0 || hands_.held() > 0) return;
  give_back_waiting();
  if (unanswered_ > 0 || std::exchange(parting_, true)) return;
  trunk_->leave(std::exchange(channel_, 0),
                [self = std::static_pointer_cast<DeadLetterConsumer>(shared_from_this())] { self->end({}); });
}

void DeadLetterConsumer::on_end(Error why) {
  again_.cancel();
  looking_.cancel();
  in_hand_->add(queue_, -std::exchange(counted_, 0));
  if (channel_ != 0) trunk_->leave(std::exchange(channel_, 0));
  tell([&] { sink_.ended(std::move(why)); });
}

void DeadLetterConsumerHandle::seek(std::string_view, Done<void> done) {
  done(failure(Errc::unsupported, "dead letters are read from the oldest on"));
}

}  // namespace ductape::inline v0::rabbitmq
