// SPDX-License-Identifier: Apache-2.0
// How outcomes go back, so that it is known that the server took them. A consumer takes them in the order in which they
// come, so of the acks of one batch only the last is asked to answer. What is given back is a request of its own.
#include <algorithm>

#include "providers/nats/consumer.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {

void ConsumerSession::settle(std::span<const driver::Settle> outcomes) {
  push([this, batch = std::vector(outcomes.begin(), outcomes.end())]() mutable {
    // What is given back comes again in the order in which the server hears of it.
    std::ranges::stable_sort(batch, {}, [this](const driver::Settle& outcome) {
      const auto* hand = hands_.find(outcome.tag);
      return hand == nullptr ? 0 : hand->sequence;
    });
    std::vector<driver::Settled> settled;
    std::vector<driver::Tag> acked;
    for (const auto& outcome : batch) settle_one(outcome, settled, acked);
    if (!acked.empty()) ack(std::move(acked));
    if (!settled.empty()) sink_.settled(settled);
    fetch();
    leave_if_done();
  });
}

void ConsumerSession::settle_one(const driver::Settle& outcome, std::vector<driver::Settled>& settled,
                                 std::vector<driver::Tag>& acked) {
  auto* hand = hands_.find(outcome.tag);
  // The server would take a late ack for the ack of whoever has the message now.
  if (hand == nullptr || hand->lease <= runtime_.now()) {
    hands_.remove(outcome.tag);
    return settled.push_back({outcome.tag, failure(Errc::lost, setup_.place.subject + ": the lease is over")});
  }
  if (outcome.verdict == driver::Verdict::ack) {
    hands_.settling(*hand, Hands::State::acking);
    return acked.push_back(outcome.tag);
  }
  if (outcome.verdict == driver::Verdict::retry)
    setup_.attempts->keep(setup_.place.consumer, hand->sequence, {outcome.failures, outcome.first_failure});
  // It stays with the active member, or goes with all that is younger to the next one: else that would overtake it.
  if (setup_.place.ordered) {
    kept_[hand->sequence] = {hand->message, hand->lease};
    hands_.remove(outcome.tag);
    return settled.push_back({outcome.tag, {}});
  }
  hands_.settling(*hand, Hands::State::returning);
  give_back(*hand, outcome);
}

void ConsumerSession::ack(std::vector<driver::Tag> tags) {
  std::vector<std::string_view> subjects;
  subjects.reserve(tags.size());
  for (const auto tag : tags) subjects.push_back(hands_.find(tag)->ack_subject);
  link_->ask_last(subjects, "+ACK", runtime_.now() + Link::patience,
                  [weak = weak_from_this(), tags = std::move(tags)](const Result<MessagePtr>& answer) {
                    const auto self = std::static_pointer_cast<ConsumerSession>(weak.lock());
                    if (self) self->answered(tags, answer);
                  });
}

void ConsumerSession::give_back(const Hands::Hand& hand, const driver::Settle& outcome) {
  link_->ask(hand.ack_subject, give_back_after(outcome.delay), {}, runtime_.now() + Link::patience,
             [weak = weak_from_this(), tag = outcome.tag](const Result<MessagePtr>& answer) {
               const auto self = std::static_pointer_cast<ConsumerSession>(weak.lock());
               if (self) self->answered(std::span(&tag, 1), answer);
             });
}

Error ConsumerSession::gone() const {
  return failure(Errc::lost, "consumer " + setup_.place.consumer + " is no longer there to take the outcome");
}

void ConsumerSession::answered(std::span<const driver::Tag> tags, const Result<MessagePtr>& answer) {
  const auto error = !answer ? answer.error() : status_of(**answer) == 503 ? gone() : Error();
  for (const auto tag : tags) answered(tag, error);
}

void ConsumerSession::answered(driver::Tag tag, Error error) {
  answers_.push_back({tag, std::move(error)});
  if (answers_.size() == 1) push([this] { tell_settled(); });
}

void ConsumerSession::tell_settled() {
  auto answers = std::exchange(answers_, {});
  std::vector<driver::Settled> settled;
  for (auto& [tag, error] : answers) {
    auto* hand = hands_.find(tag);
    if (hand == nullptr) continue;  // it came again before its answer, which told as much
    if (!error) {
      if (hand->state == Hands::State::acking) setup_.attempts->forget(setup_.place.consumer, hand->sequence);
      hands_.remove(tag);
    } else {
      // The outcome is given again, while the lease lasts; to repeat one changes nothing.
      hands_.held_again(*hand);
      if (error.code == Errc::outcome_unknown) error.code = Errc::unavailable;
    }
    settled.push_back({tag, std::move(error)});
  }
  if (settled.empty()) return;
  sink_.settled(settled);
  fetch();
  leave_if_done();
}

void ConsumerSession::extend(std::span<const driver::Tag> tags, driver::Millis) {
  push([this, batch = std::vector(tags.begin(), tags.end())] {
    lose(hands_.expire(runtime_.now()), "the lease is over");
    for (const auto tag : batch) prolong(tag);
  });
}

void ConsumerSession::prolong(driver::Tag tag) {
  const auto* hand = hands_.find(tag);
  if (hand == nullptr || hand->state != Hands::State::held) return;
  const auto until = runtime_.now() + setup_.lease;
  link_->ask(hand->ack_subject, "+WPI", {}, hand->lease, later<Result<MessagePtr>>([this, tag, until](auto answer) {
               auto* prolonged = hands_.find(tag);
               if (answer && status_of(**answer) == 0 && prolonged != nullptr) prolonged->lease = until;
             }));
}

}  // namespace ductape::inline v0::nats
