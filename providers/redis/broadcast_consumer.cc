// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/broadcast_consumer.h"

#include "providers/redis/errors.h"
#include "providers/redis/message.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis read_patience = 1s;
constexpr std::size_t most_entries = 256;

}  // namespace

void BroadcastConsumer::start() {
  post([this] {
    link_ = std::make_unique<Dialogue>(
        loop_, *access_, [this] { begin(); }, [this](Error why) { end(std::move(why)); });
  });
}

void BroadcastConsumer::begin() {
  if (!presence_->position(member_).empty()) {
    begun_ = true;
    return go_on();
  }
  link_->ask({"XREVRANGE", place_.stream, "+", "-", "COUNT", "1"}, [this](const Reply& reply) {
    const ReplyView answer(reply.get());
    if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
    presence_->position(member_) = answer.size() > 0 ? std::string(answer[0][0].text()) : "0-0";
    begun_ = true;
    tell([&] { sink_.alive(runtime_.now()); });
    go_on();
  });
}

void BroadcastConsumer::go_on() {
  if (leaving_ || is_over()) return;
  hand_out();
  if (asked_ || !begun_ || is_over()) return;
  const auto most = waiting_.size() < most_entries ? std::min(room(), most_entries) : 0;
  // Also without room it must be heard that the server is there.
  if (most == 0)
    return idle_.at(runtime_.now() + read_patience, [this] {
      if (!asked_ && !leaving_) ask({"PING"});
    });
  Command command{"XREAD", "COUNT"};
  command.add(most).add("BLOCK").add(read_patience.count());
  command.add("STREAMS").add(place_.stream).add(presence_->position(member_));
  ask(command);
}

void BroadcastConsumer::ask(const Command& command) {
  asked_ = true;
  link_->ask(command, [this](const Reply& reply) { answered(reply); });
}

void BroadcastConsumer::answered(const Reply& reply) {
  asked_ = false;
  const ReplyView answer(reply.get());
  if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
  const auto entries = answer[0][1];
  const auto batch = std::make_shared<Batch>(reply);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    came(batch->read(entries[i][0], entries[i][1], 1));
    presence_->position(member_) = entries[i][0].text();
  }
  tell([&] { sink_.alive(runtime_.now()); });
  go_on();
}

void BroadcastConsumer::leave() {
  leaving_ = true;
  presence_->forget_position(member_);
  post([this] { end({}); });
}

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
  idle_.cancel();
  link_.reset();
  UnkeptConsumer::on_end(std::move(why));
}

}  // namespace ductape::inline v0::redis
