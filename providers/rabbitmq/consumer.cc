// SPDX-License-Identifier: Apache-2.0
// What a member reads, and how it comes to it.
#include "providers/rabbitmq/consumer.h"

#include <algorithm>

#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis usual_beat = 1s, between_alive = 100ms;
// `consumer_timeout`, as servers have it unless they are told otherwise.
constexpr Millis server_patience = 30min;
constexpr std::uint16_t most_ahead = 4'096;
// A process that is killed leaves its queue, and comes back to it if it was only cut off.
constexpr std::int64_t broadcast_queue_expires = 3'600'000;

}  // namespace

QueueConsumer::QueueConsumer(net::EventLoop& loop, std::shared_ptr<Trunk> trunk,
                             std::shared_ptr<Broadcasts> broadcasts, Runtime& runtime, Place place,
                             const GroupSpec& group, ConsumeSink& sink)
    : Session(loop),
      trunk_(std::move(trunk)),
      broadcasts_(std::move(broadcasts)),
      runtime_(runtime),
      place_(std::move(place)),
      queue_(queue_of(place_, group.name)),
      broadcast_(group.mode == GroupSpec::broadcast),
      alone_(!broadcast_ && (place_.ordered || group.mode == GroupSpec::exclusive)),
      sink_(sink),
      beat_(loop),
      giving_back_(loop) {}

void QueueConsumer::start() {
  post([this] { channel_ = trunk_->join(*this); });
}

void QueueConsumer::ready() {
  std::string frames;
  if (broadcast_) return begin();
  // A queue that is not there shows now, and not when there is room for the first message.
  method::declare_queue(frames, channel_, {.name = queue_, .passive = true});
  trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
    if (reply) reads();
  });
}

// Not exclusive: that would end with the connection, and a cut would lose what was published meanwhile.
void QueueConsumer::begin() {
  Table arguments;
  arguments.add("x-expires", broadcast_queue_expires);
  std::string frames;
  method::declare_queue(frames, channel_, {.name = queue_, .arguments = &arguments});
  trunk_->ask(channel_, frames, [](const Result<Reply>&) {});
  method::bind_queue(frames, channel_, queue_, place_.exchange, place_.routing_key);
  trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
    if (!reply) return;
    broadcasts_->add(queue_);
    reads();
  });
}

void QueueConsumer::reads() {
  reading_ = true;
  heard();
  beat();
  adjust();
}

void QueueConsumer::credit(std::size_t messages, std::size_t bytes) {
  post([this, messages, bytes] {
    window_ = messages;
    window_bytes_ = bytes;
    adjust();
    if (window_ == 0 && !stays_here()) give_back_waiting();
    hand_out();
  });
}

std::uint16_t QueueConsumer::wanted_prefetch() const {
  if (window_ == 0) return 0;
  auto most = std::min<std::size_t>(window_, most_ahead);
  if (hands_.usual_bytes() > 0) most = std::min(most, window_bytes_ / hands_.usual_bytes());
  return static_cast<std::uint16_t>(std::max<std::size_t>(most, 1));
}

void QueueConsumer::adjust() {
  if (!reading_ || leaving_ || changing_ || is_over()) return;
  const auto wanted = wanted_prefetch();
  if (wanted == prefetch_ || (alone_ && prefetch_ > 0)) return;
  change_prefetch(alone_ ? std::uint16_t{1} : wanted);
}

// `before`: what goes to the server between the old consumer and the new one. The server's channel dies, without a word,
// if a consumer is cancelled before it has said that it began.
void QueueConsumer::change_prefetch(std::uint16_t to, std::string before) {
  std::string frames;
  changing_ = true;
  const auto settled = [this](const Result<Reply>& reply) {
    if (!reply) return;
    changing_ = false;
    if (leaving_) return stop_reading();
    adjust();
  };
  if (prefetch_ > 0) {
    method::cancel(frames, channel_, consumer_name());
    trunk_->ask(channel_, frames, to > 0 ? Link::Answer([](const Result<Reply>&) {}) : Link::Answer(settled));
  }
  prefetch_ = to;
  if (!before.empty()) trunk_->send(before);
  if (to == 0) return;
  method::set_prefetch(frames, channel_, to);
  trunk_->ask(channel_, frames, [](const Result<Reply>&) {});
  ++consumers_;
  method::consume(frames, channel_, queue_, consumer_name());
  trunk_->ask(channel_, frames, settled);
}

void QueueConsumer::delivered(Arrived message) {
  const auto before = message.content->delivery_count().value_or(0);
  hands_.came({.delivery = message.delivery_tag, .handed_out = before + 1, .content = std::move(message.content)});
}

void QueueConsumer::came() {
  if (is_over() || parting_) return;
  if (leaving_ && !stays_here()) give_back_waiting();
  hand_out();
}

bool QueueConsumer::has_room() const { return hands_.held() < window_ && hands_.held_bytes() < window_bytes_; }

void QueueConsumer::hand_out() {
  if (leaving_ || is_over()) return;
  std::vector<Delivered> messages;
  while (has_room()) {
    auto next = hands_.hand_out();
    if (!next) break;
    auto& message = messages.emplace_back(Content::delivered(next->second.content));
    message.tag = next->first;
    message.deliveries = next->second.handed_out;
    message.lease = runtime_.now() + server_patience;
  }
  if (messages.empty()) return;
  tell([&] { sink_.delivered(messages); });
  told_alive_ = runtime_.now();
}

void QueueConsumer::heard() {
  const auto now = runtime_.now();
  if (now - told_alive_ < between_alive) return;
  told_alive_ = now;
  tell([&] { sink_.alive(now); });
}

// A method that changes nothing here and that the channel itself answers.
void QueueConsumer::beat() {
  if (channel_ == 0 || is_over()) return;
  beat_.at(runtime_.now() + usual_beat, [this] { beat(); });
  std::string frames;
  method::set_prefetch(frames, channel_, std::max<std::uint16_t>(prefetch_, 1));
  trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
    if (reply) heard();
  });
}

void QueueConsumer::cancelled() {
  end(failure(Errc::unavailable, "queue " + queue_ + " was removed, or the node that had it is gone",
              "look who deletes queues; `ductape group delete` is the way to end a group"));
}

void QueueConsumer::channel_closed(Error why) {
  channel_ = 0;
  // A group that is made again meanwhile may be late.
  if (why.code == Errc::lost || why.code == Errc::conflict) why.code = Errc::unavailable;
  end(std::move(why));
}

}  // namespace ductape::inline v0::rabbitmq
