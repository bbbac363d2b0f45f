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
constexpr std::uint16_t most_ahead = 4'096, many = 256;
constexpr std::size_t much_less = 8, exact_below = 32;
constexpr Millis gather_patience = 10ms, gather_again_after = 1s;
// From its third hand-out on a message may be one that kills.
constexpr std::uint32_t suspicious = 3;
// A process that is killed leaves its queue, and comes back to it if it was only cut off.
constexpr std::int64_t broadcast_queue_expires = 3'600'000;

}  // namespace

QueueConsumer::QueueConsumer(net::EventLoop& loop, std::shared_ptr<Trunk> trunk, std::shared_ptr<Broadcasts> broadcasts,
                             Runtime& runtime, Place place, const GroupSpec& group, ConsumeSink& sink)
    : net::Session(loop),
      trunk_(std::move(trunk)),
      broadcasts_(std::move(broadcasts)),
      runtime_(runtime),
      place_(std::move(place)),
      queue_(queue_of(place_, group.name)),
      broadcast_(group.mode == GroupSpec::broadcast),
      alone_(!broadcast_ && (place_.ordered || group.mode == GroupSpec::exclusive)),
      sink_(sink),
      beat_(loop),
      giving_back_(loop),
      gathered_(loop) {}

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

// Not for every step: a window moves with each message, and a consumer costs the server more than that.
void QueueConsumer::adjust() {
  if (!reading_ || leaving_ || changing_ > 0 || is_over()) return;
  const std::size_t wanted = wanted_prefetch();
  if (alone_) {
    if (wanted > 0 && consumers_.empty()) stand_in_line();
    return;
  }
  const bool less = wanted < capacity_ && (capacity_ < exact_below || wanted < capacity_ / 2);
  if (wanted == 0 || (less && (all_here() || wanted < capacity_ / much_less)))
    return cancel_consumers(0, consumers_.size());
  const auto here = consumers_.empty() ? hands_.held() + hands_.waiting() : 0;
  const auto missing = wanted - std::min(wanted, std::max(capacity_, here));
  if (missing <= capacity_ / 2) return;
  consumers_.size() < 2 ? add_consumer(static_cast<std::uint16_t>(missing)) : gather();
}

// All that the consumers may have, and nothing is on its way to them.
bool QueueConsumer::all_here() const { return hands_.since_mark() >= capacity_; }

// A prefetch is for good: more of it takes another consumer, and the server settles for each by itself. So there are
// two at most, and for more one takes the place of both. What is on its way to a consumer that ends goes back to the
// queue and is counted; so that nothing is, no outcome is sent until all is here, which is soon if there is more to
// read.
void QueueConsumer::gather() {
  if (gathering_ || runtime_.now() < gather_not_before_) return;
  gathering_ = true;
  gathered_.at(runtime_.now() + gather_patience, [this] { gathered(); });
  if (all_here()) gathered();
}

void QueueConsumer::gathered() {
  if (!std::exchange(gathering_, false)) return;
  gathered_.cancel();
  gather_not_before_ = runtime_.now() + gather_again_after;
  if (const auto wanted = wanted_prefetch(); all_here() && wanted > capacity_ && changing_ == 0 && !leaving_) {
    gather_not_before_ = {};
    hands_.mark();
    const auto before = consumers_.size();
    add_consumer(wanted);
    cancel_consumers(0, before);
  }
  send_put_off();
}

void QueueConsumer::add_consumer(std::uint16_t prefetch) {
  consumers_.push_back({.name = "ductape-" + std::to_string(++last_consumer_), .prefetch = prefetch});
  capacity_ += prefetch;
  std::string frames;
  method::set_prefetch(frames, channel_, prefetch);
  trunk_->ask(channel_, frames, [](const Result<Reply>&) {});
  method::consume(frames, channel_, queue_, consumers_.back().name);
  ++changing_;
  trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
    if (reply) changed();
  });
}

// Only when all have begun: the server's channel dies, without a word, if one is cancelled before it has said so.
void QueueConsumer::cancel_consumers(std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) {
    std::string frames;
    method::cancel(frames, channel_, consumers_[i].name);
    capacity_ -= consumers_[i].prefetch;
    ++changing_;
    trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
      if (reply) changed();
    });
  }
  const auto begin = consumers_.begin() + static_cast<std::ptrdiff_t>(first);
  consumers_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
}

void QueueConsumer::changed() {
  if (--changing_ > 0) return;
  if (leaving_) return stop_reading();
  if (consumers_.empty()) hands_.mark();
  let_many_in();
  adjust();
}

// At once, so that no other member comes between the two.
void QueueConsumer::stand_in_line() {
  add_consumer(1);
  add_consumer(many);
}

// Only while the first consumer's message is here: then nothing is on its way to it, which would go back to the queue
// and come behind what the second has got.
void QueueConsumer::let_many_in() {
  if (hands_.held() + hands_.waiting() == 0) return;
  if (!alone_ || leaving_ || changing_ > 0 || consumers_.size() < 2) return;
  if (const auto count = hands_.youngest_count(); count != 0 && count < suspicious) cancel_consumers(0, 1);
}

void QueueConsumer::delivered(Arrived message) {
  const auto before = message.content->delivery_count().value_or(0);
  hands_.came({.delivery = message.delivery_tag, .handed_out = before + 1, .content = std::move(message.content)});
}

void QueueConsumer::came() {
  if (is_over() || parting_) return;
  if (leaving_ && !stays_here()) give_back_waiting();
  if (gathering_ && all_here()) gathered();
  let_many_in();
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
  method::set_prefetch(frames, channel_, 1);
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
