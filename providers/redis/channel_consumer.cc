// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/channel_consumer.h"

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_waiting = 65'536;

/// A body and the name that it is given here: a channel carries nothing else.
struct Named {
  Reply reply;
  std::string id;
};

void send(Link& link, const Command& command) {
  std::string bytes;
  command.write_to(bytes);
  link.send(bytes, 1);
}

}  // namespace

void ChannelConsumer::start() {
  post([this] { link_ = std::make_unique<Link>(loop_, *access_, static_cast<Link::Sink&>(*this)); });
}

void ChannelConsumer::ready() {
  send(*link_, {"SUBSCRIBE", place_.stream});
  beat();
}

void ChannelConsumer::beat() {
  beat_.at(runtime_.now() + 1s, [this] {
    send(*link_, {"PING"});
    beat();
  });
}

void ChannelConsumer::subscribed() {
  // An earlier session of this subscription was cut off: what came since nobody can say.
  const bool missed = !presence_->position(key_).empty();
  presence_->position(key_) = "subscribed";
  if (missed) tell([&] { sink_.gap(0, 1); });
}

void ChannelConsumer::replied(std::span<const Reply> replies) {
  std::uint64_t dropped = 0;
  for (const auto& reply : replies) {
    const ReplyView answer(reply.get());
    if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
    if (answer[0].text() == "subscribe") subscribed();
    if (is_over()) return;
    if (answer[0].text() != "message") continue;
    if (waiting_.size() >= most_waiting) {
      ++dropped;
      continue;
    }
    auto named = std::make_shared<Named>(Named{reply, member_ + "-" + std::to_string(++count_)});
    came({.id = named->id,
          .native_id = named->id,
          .position = named->id,
          .body = std::as_bytes(std::span(answer[2].text())),
          .published = runtime_.wall(),
          .bytes = named});
  }
  tell([&] {
    sink_.alive(runtime_.now());
    if (dropped > 0) sink_.gap(0, dropped);
  });
  if (!is_over()) go_on();
}

void ChannelConsumer::leave() {
  presence_->forget_position(key_);
  post([this] { end({}); });
}

void ChannelConsumer::on_end(Error why) {
  beat_.cancel();
  link_.reset();
  UnkeptConsumer::on_end(std::move(why));
}

}  // namespace ductape::inline v0::redis
