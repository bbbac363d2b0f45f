// SPDX-License-Identifier: Apache-2.0
// What becomes of messages that a member has, and what it leaves behind.
#include <algorithm>

#include "providers/rabbitmq/consumer.h"
#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

using namespace driver;
using namespace std::chrono_literals;

// To requeue a message counts as a hand-out, and where one member alone reads it would let later ones pass. So it waits
// here as long as somebody asks for messages; there the channel's end gives all of them back at once, in order.
bool QueueConsumer::stays_here() const { return alone_ || (window_ > 0 && !leaving_); }

void QueueConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    adjust();
    put_off_.insert(put_off_.end(), outcomes.begin(), outcomes.end());
    send_put_off();
  });
}

void QueueConsumer::send_put_off() {
  if (gathering_ || put_off_.empty()) return;
  const auto outcomes = std::exchange(put_off_, {});
  std::vector<Settled> at_once, answers;
  std::vector<std::uint64_t> acks;
  std::string requeues, frames;
  for (const auto& outcome : outcomes) {
    auto hand = hands_.take(outcome.tag);
    if (!hand) {
      at_once.push_back(
          {.tag = outcome.tag,
           .error = failure(Errc::lost, "queue " + queue_ + " has the message in other hands or no more")});
    } else if (outcome.verdict == Verdict::ack) {
      acks.push_back(hand->delivery);
      answers.push_back({.tag = outcome.tag});
    } else if (stays_here()) {
      hands_.put_back(std::move(*hand));
      at_once.push_back({.tag = outcome.tag});
    } else {
      hands_.write_requeue(requeues, channel_, hand->delivery);
      answers.push_back({.tag = outcome.tag});
    }
  }
  hands_.write_acks(frames, channel_, acks);
  frames += requeues;
  if (!answers.empty()) send_outcomes(std::move(frames), std::move(answers));
  if (!at_once.empty()) tell([&] { sink_.settled(at_once); });
  if (is_over()) return;
  adjust();
  hand_out();
  leave_if_done();
}

// Outcomes have no answer. A method behind them has, which the channel gives when it has taken what came before.
void QueueConsumer::send_outcomes(std::string frames, std::vector<Settled> answers) {
  unanswered_ += answers.size();
  method::set_prefetch(frames, channel_, 1);
  trunk_->ask(channel_, frames, [this, answers = std::move(answers)](const Result<Reply>& reply) {
    unanswered_ -= answers.size();
    if (!reply) return;
    tell([&] { sink_.settled(answers); });
    if (is_over()) return;
    heard();
    hand_out();
    leave_if_done();
  });
}

void QueueConsumer::give_back_waiting() {
  if (hands_.waiting() == 0 || !reading_) return;
  std::string frames;
  for (const auto& [delivery, hand] : hands_.take_waiting()) hands_.write_requeue(frames, channel_, delivery);
  send_outcomes(std::move(frames), {});
}

void QueueConsumer::leave() {
  leaving_ = true;
  gathered();
  send_put_off();
  if (!reading_) return post([this] { end({}); });
  if (changing_ == 0) stop_reading();
  // Handlers that do not end in time: what they have must be given back while somebody still can.
  const auto now = runtime_.now();
  if (stop_at() != Deadline::max() && stop_at() > now)
    giving_back_.at(stop_at() - std::min<Clock::duration>((stop_at() - now) / 4, 500ms), [this] { part(); });
  leave_if_done();
}

void QueueConsumer::stop_reading() {
  if (stays_here()) return leave_if_done();
  cancel_consumers(0, consumers_.size());
  give_back_waiting();
  leave_if_done();
}

void QueueConsumer::leave_if_done() {
  if (!leaving_ || changing_ > 0 || is_over() || hands_.held() > 0 || unanswered_ > 0) return;
  part();
}

void QueueConsumer::part() {
  if (std::exchange(parting_, true)) return;
  const auto good_bye = [this] {
    trunk_->leave(std::exchange(channel_, 0),
                  [self = std::static_pointer_cast<QueueConsumer>(shared_from_this())] { self->end({}); });
  };
  if (!broadcast_) return good_bye();
  broadcasts_->remove(queue_);
  std::string frames;
  method::delete_queue(frames, channel_, queue_);
  trunk_->ask(channel_, frames, [good_bye](const Result<Reply>& reply) {
    if (reply) good_bye();
  });
}

void QueueConsumer::on_end(Error why) {
  beat_.cancel();
  giving_back_.cancel();
  gathered_.cancel();
  if (channel_ != 0) trunk_->leave(std::exchange(channel_, 0));
  tell([&] { sink_.ended(std::move(why)); });
}

void QueueConsumerHandle::seek(std::string_view position, Done<void> done) {
  done(failure(Errc::unsupported,
               "a queue cannot go to " + std::string(position) + ": it keeps nothing that was handled"));
}

}  // namespace ductape::inline v0::rabbitmq
