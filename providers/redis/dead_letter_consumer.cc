// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/dead_letter_consumer.h"

#include "providers/redis/errors.h"
#include "providers/redis/message.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis pause = 200ms;
constexpr std::size_t most_dead = 256;

}  // namespace

DeadLetterConsumer::DeadLetterConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, Runtime& runtime,
                                       Place place, const GroupSpec& group, Millis lease, ConsumeSink& sink)
    : net::Session(loop),
      access_(std::move(access)),
      runtime_(runtime),
      place_(std::move(place)),
      member_(group.member),
      counts_(GroupKeys(place_.topic, group.name).counts),
      lease_(lease),
      sink_(sink),
      again_(loop) {}

void DeadLetterConsumer::start() {
  post([this] {
    link_ = std::make_unique<Dialogue>(
        loop_, *access_, [this] { look_again(); }, [this](Error why) { end(std::move(why)); });
  });
}

void DeadLetterConsumer::credit(std::size_t messages) {
  post([this, messages] {
    window_ = messages;
    fetch();
  });
}

void DeadLetterConsumer::look_again() {
  again_.at(runtime_.now() + pause, [this] { look_again(); });
  fetch();
}

void DeadLetterConsumer::fetch() {
  if (asked_ || leaving_ || !link_->is_ready() || is_over()) return;
  asked_ = true;
  const auto room = held_.size() < window_ ? std::min(window_ - held_.size(), most_dead) : 0;
  auto command = room > 0 ? eval(take_dead_script, {place_.stream, counts_}) : Command{"PING"};
  if (room > 0) command.add(place_.group).add(member_).add(lease_.count()).add(cursor_).add(room);
  link_->ask(command, [this, asked = runtime_.now()](const Reply& reply) {
    asked_ = false;
    const ReplyView answer(reply.get());
    if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
    const auto entries = answer[1];
    std::vector<Delivered> messages;
    const auto batch = std::make_shared<Batch>(reply);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto& message = messages.emplace_back(batch->read(entries[i][0], entries[i][1], 1));
      message.tag = ++last_tag_;
      message.lease = asked + lease_;
      message.deliveries.reset();
      cursor_ = entries[i][0].text();
      held_.emplace(message.tag, cursor_);
    }
    tell([&] {
      sink_.alive(asked);
      if (!messages.empty()) sink_.delivered(messages);
    });
    if (is_over()) return;
    if (leaving_) return leave();
    if (!messages.empty()) fetch();
  });
}

Error DeadLetterConsumer::error_of(ReplyView answer) const {
  if (answer.is_error()) return from_reply(answer.text(), access_->endpoint.text());
  if (answer.number() == 1) return {};
  return failure(Errc::lost, "the dead letter is in other hands, or was removed");
}

void DeadLetterConsumer::settle(std::span<const Settle> outcomes) {
  post([this, outcomes = std::vector<Settle>(outcomes.begin(), outcomes.end())] {
    std::vector<Settle> purged, given_back;
    for (const auto& outcome : outcomes) {
      if (outcome.verdict == Verdict::ack && outcome.moved)
        move(outcome);
      else
        (outcome.verdict == Verdict::ack ? purged : given_back).push_back(outcome);
    }
    purge_or_give_back("purge", purged);
    purge_or_give_back("back", given_back);
  });
}

void DeadLetterConsumer::purge_or_give_back(std::string_view what, std::span<const Settle> outcomes) {
  if (outcomes.empty()) return;
  auto command = eval(settle_dead_script, {place_.stream, counts_});
  command.add(place_.group).add(member_).add(what);
  std::vector<Tag> tags;
  for (const auto& outcome : outcomes) {
    auto held = held_.extract(outcome.tag);
    command.add(held ? std::string_view(held.mapped()) : "0-0");
    tags.push_back(outcome.tag);
  }
  ++unsettled_;
  link_->ask(command, [this, tags = std::move(tags)](const Reply& reply) { answered(tags, reply); });
}

void DeadLetterConsumer::move(const Settle& outcome) {
  auto held = held_.extract(outcome.tag);
  const auto command = move_command(place_, counts_, place_.group, member_,
                                    held ? std::move(held.mapped()) : std::string("0-0"), *outcome.moved);
  if (!command)
    return post([this, answer = Settled{.tag = outcome.tag, .error = command.error()}] {
      tell([&] { sink_.settled(std::span(&answer, 1)); });
    });
  ++unsettled_;
  link_->ask(*command, [this, tag = outcome.tag](const Reply& reply) { answered(std::span(&tag, 1), reply); });
}

void DeadLetterConsumer::answered(std::span<const Tag> tags, const Reply& reply) {
  --unsettled_;
  const ReplyView answer(reply.get());
  std::vector<Settled> settled;
  for (std::size_t i = 0; i < tags.size(); ++i)
    settled.push_back({.tag = tags[i], .error = error_of(answer.is_list() ? answer[i] : answer)});
  tell([&] { sink_.settled(settled); });
  if (is_over()) return;
  fetch();
  if (leaving_) leave();
}

void DeadLetterConsumer::extend(std::span<const Tag> tags) {
  post([this, tags = std::vector<Tag>(tags.begin(), tags.end())] {
    auto command = eval(settle_dead_script, {place_.stream, counts_});
    command.add(place_.group).add(member_).add("extend");
    std::vector<Tag> asked;
    for (const auto tag : tags) {
      const auto held = held_.find(tag);
      if (held == held_.end()) continue;
      command.add(std::string_view(held->second));
      asked.push_back(tag);
    }
    if (asked.empty()) return;
    link_->ask(command, [this, asked = std::move(asked)](const Reply& reply) {
      const ReplyView answers(reply.get());
      std::vector<Tag> gone;
      for (std::size_t i = 0; i < asked.size(); ++i)
        if (answers[i].number() != 1 && held_.erase(asked[i]) > 0) gone.push_back(asked[i]);
      if (!gone.empty()) tell([&] { sink_.lost(gone, error_of({})); });
    });
  });
}

void DeadLetterConsumer::leave() {
  leaving_ = true;
  if (!link_ || !link_->is_ready()) return post([this] { end({}); });
  if (asked_ || unsettled_ > 0) return;
  if (held_.empty()) return post([this] { end({}); });
  std::vector<Settle> rest;
  for (const auto& [tag, id] : held_) rest.push_back({.tag = tag, .verdict = Verdict::give_back});
  purge_or_give_back("back", rest);
}

void DeadLetterConsumer::on_end(Error why) {
  again_.cancel();
  link_.reset();
  tell([&] { sink_.ended(std::move(why)); });
}

void DeadLetterConsumerHandle::seek(std::string_view, Done<void> done) {
  done(failure(Errc::unsupported, "dead letters are read from the oldest on"));
}

}  // namespace ductape::inline v0::redis
