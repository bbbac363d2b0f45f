// SPDX-License-Identifier: Apache-2.0
// What becomes of messages that a member has: outcomes, leases, and what it leaves behind.
#include <algorithm>

#include "providers/redis/consumer.h"
#include "providers/redis/errors.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

std::int64_t in_milliseconds(WallTime time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

Error GroupConsumer::lost() const {
  return failure(Errc::lost, "the lease was over, and " + place_.stream + " has the message in other hands or no more");
}

void GroupConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    std::vector<Outcome> acks, others, moves;
    std::vector<Settled> answers;
    const auto sure = runtime_.now() + lease_ / 4;
    for (const auto& outcome : outcomes) {
      auto held = held_.extract(outcome.tag);
      if (!held) {
        answers.push_back({.tag = outcome.tag, .error = lost()});
        continue;
      }
      auto& message = held.mapped();
      held_bytes_ -= message.bytes;
      if (outcome.verdict == Verdict::give_back && alone_ && !leaving_) {
        unread_.insert_or_assign(message.id, std::move(message));
        answers.push_back({.tag = outcome.tag});
        continue;
      }
      // While the lease lasts nobody else can have it, and the plain command does.
      const bool plain = outcome.verdict == Verdict::ack && !is_own_stream() && !message.marked && message.lease > sure;
      auto& list = outcome.moved ? moves : plain ? acks : others;
      list.push_back({.tag = outcome.tag, .held = std::move(message), .settle = outcome});
    }
    if (!acks.empty()) ack(std::move(acks));
    if (!others.empty()) settle_each(std::move(others));
    for (auto& one : moves) move(std::move(one));
    if (!answers.empty()) tell([&] { sink_.settled(answers); });
    if (is_over()) return;
    fetch();
    leave_if_done();
  });
}

void GroupConsumer::answer(std::span<const Outcome> outcomes, const std::function<Error(std::size_t)>& error_of) {
  unsettled_ -= outcomes.size();
  std::vector<Settled> answers;
  answers.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) answers.push_back({.tag = outcomes[i].tag, .error = error_of(i)});
  tell([&] { sink_.settled(answers); });
  if (!is_over()) leave_if_done();
}

void GroupConsumer::ack(std::vector<Outcome> outcomes) {
  Command command{"XACK", place_.stream, group_};
  EntryId::Room room;
  for (const auto& outcome : outcomes) command.add(outcome.held.id.write_to(room));
  unsettled_ += outcomes.size();
  settling_->ask(command, [this, outcomes = std::move(outcomes)](const Reply& reply) {
    const ReplyView answer_of(reply.get());
    const bool all = answer_of.number() == static_cast<std::int64_t>(outcomes.size());
    Error error;
    if (answer_of.is_error())
      error = from_reply(answer_of.text(), access_->endpoint.text());
    else if (!all)
      // Somebody took them away, and the count does not say which.
      error = lost();
    answer(outcomes, [&](std::size_t) { return error; });
  });
}

// Where the order of the stream is kept, a message stays in it.
std::string_view GroupConsumer::way_back(const Held& held) const {
  return place_.ordered && !held.message.key.empty() ? "keep" : "back";
}

void GroupConsumer::settle_each(std::vector<Outcome> outcomes) {
  auto command = eval(settle_script, {place_.stream, keys_.retry, keys_.wait, keys_.counts});
  command.add(group_).add(member_).add(is_own_stream() ? "1" : "0");
  auto soonest = Millis::max();
  for (const auto& [tag, held, settle] : outcomes) {
    std::string_view what = "ack";
    auto handed_out = held.handed_out;
    if (settle.verdict == Verdict::give_back) {
      what = way_back(held);
    } else if (settle.verdict == Verdict::retry) {
      what = place_.ordered && !held.message.key.empty() ? "keep" : "retry";
      handed_out = 1;  // it is counted since the last outcome
      if (what == "retry") soonest = std::min(soonest, settle.delay);
    }
    command.add(held.id.text()).add(what).add(settle.delay.count());
    command.add(settle.failures).add(in_milliseconds(settle.first_failure)).add(handed_out);
  }
  unsettled_ += outcomes.size();
  settling_->ask(command, [this, soonest, outcomes = std::move(outcomes)](const Reply& reply) {
    const ReplyView answers(reply.get());
    Error error;
    if (answers.is_error()) error = from_reply(answers.text(), access_->endpoint.text());
    if (soonest < Millis(1h) && !leaving_)
      if (const auto due = runtime_.now() + soonest; due < next_beat_) wake_at(due);
    answer(outcomes, [&](std::size_t i) { return error ? error : answers[i].number() == 1 ? Error() : lost(); });
  });
}

void GroupConsumer::move(Outcome outcome) {
  ++unsettled_;
  const auto command =
      move_command(place_, keys_.counts, group_, member_, outcome.held.id.text(), *outcome.settle.moved);
  if (!command) {
    return post([this, error = command.error(), outcome = std::move(outcome)] {
      answer(std::span(&outcome, 1), [&](std::size_t) { return error; });
    });
  }
  settling_->ask(*command, [this, outcome = std::move(outcome)](const Reply& reply) {
    const ReplyView done(reply.get());
    Error error;
    if (done.is_error())
      error = from_reply(done.text(), access_->endpoint.text());
    else if (done.number() != 1)
      error = lost();
    answer(std::span(&outcome, 1), [&](std::size_t) { return error; });
  });
}

void GroupConsumer::extend(std::span<const Tag> tags) {
  post([this, tags = std::vector<Tag>(tags.begin(), tags.end())] {
    auto command = eval(extend_script, {place_.stream});
    command.add(group_).add(member_);
    std::vector<Tag> asked;
    for (const auto tag : tags) {
      const auto held = held_.find(tag);
      if (held == held_.end()) continue;
      command.add(held->second.id.text());
      asked.push_back(tag);
    }
    if (asked.empty() || !settling_->is_ready()) return;
    settling_->ask(command, [this, asked = std::move(asked), since = runtime_.now()](const Reply& reply) {
      const ReplyView answers(reply.get());
      if (trouble(answers)) return;
      std::vector<Tag> gone;
      for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto held = held_.find(asked[i]);
        if (held == held_.end()) continue;
        if (answers[i].number() == 1) {
          held->second.lease = since + lease_;
          continue;
        }
        held_bytes_ -= held->second.bytes;
        held_.erase(held);
        gone.push_back(asked[i]);
      }
      if (!gone.empty()) tell([&] { sink_.lost(gone, lost()); });
    });
  });
}

void GroupConsumer::give_back_unread() {
  if (unread_.empty() || !settling_->is_ready()) return;
  auto command = eval(settle_script, {place_.stream, keys_.retry, keys_.wait, keys_.counts});
  command.add(group_).add(member_).add(is_own_stream() ? "1" : "0");
  for (const auto& [id, held] : unread_)
    command.add(id.text()).add(way_back(held)).add(0).add(0).add(0).add(held.handed_out);
  unread_.clear();
  ++unsettled_;
  settling_->ask(command, [this](const Reply&) {
    --unsettled_;
    leave_if_done();
  });
}

void GroupConsumer::give_back_all() {
  for (auto& [tag, held] : held_) unread_.insert_or_assign(held.id, std::move(held));
  held_.clear();
  give_back_unread();
}

void GroupConsumer::leave() {
  leaving_ = true;
  if (!reading_ || !reading_->is_ready() || !settling_->is_ready()) return post([this] { end({}); });
  stop_reading();
  give_back_unread();
  // Handlers that do not end in time: what they have must be given back while somebody still can.
  const auto now = runtime_.now();
  if (stop_at() != Deadline::max() && stop_at() > now)
    giving_back_.at(stop_at() - std::min<Clock::duration>((stop_at() - now) / 4, 500ms), [this] { give_back_all(); });
  leave_if_done();
}

void GroupConsumer::leave_if_done() {
  if (!leaving_ || asked_ || parting_ || is_over() || !held_.empty() || unsettled_ > 0) return;
  if (!unread_.empty()) return give_back_unread();
  parting_ = true;
  part([this] { end({}); });
}

void GroupConsumer::part(std::function<void()> done) {
  auto command = eval(part_script, {place_.stream, keys_.members, keys_.owner});
  command.add(group_).add(member_).add(presence_->ends(keys_.members, member_) ? "1" : "0");
  parted_ = true;
  settling_->ask(command, [done = std::move(done)](const Reply&) { done(); });
}

void GroupConsumer::on_end(Error why) {
  // Stopped before it was done: what it says now nobody waits for.
  if (leaving_ && !why && settling_ && settling_->is_ready() && !parted_) {
    give_back_all();
    part([] {});
  }
  if (!parted_) presence_->ends(keys_.members, member_);
  beat_.cancel();
  giving_back_.cancel();
  reading_.reset();
  settling_.reset();
  tell([&] { sink_.ended(std::move(why)); });
}

void GroupConsumerHandle::seek(std::string_view position, Done<void> done) {
  done(failure(Errc::unsupported, "a running consumer cannot go to " + std::string(position),
               "reset the group while nobody reads"));
}

}  // namespace ductape::inline v0::redis
