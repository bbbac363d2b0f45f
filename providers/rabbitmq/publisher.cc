// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/publisher.h"

#include <algorithm>
#include <charconv>

#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::size_t most_bytes = 32 << 20;

std::string_view body_of(const driver::Record& record) {
  return {reinterpret_cast<const char*>(record.body.data()), record.body.size()};
}

/// When a message that was moved is to be tried again. The pipeline's own attribute.
std::optional<driver::WallTime> due(const driver::Record& record) {
  for (const auto& [name, value] : record.attributes) {
    std::int64_t since = 0;
    if (name != "retrydue") continue;
    if (std::from_chars(value.data(), value.data() + value.size(), since).ec == std::errc())
      return driver::WallTime(driver::Millis(since));
  }
  return std::nullopt;
}

}  // namespace

void PublisherSession::start() {
  post([this] { channel_ = trunk_->join(*this); });
}

std::size_t PublisherSession::submit(std::span<const driver::Record> records) {
  std::size_t taken = 0;
  bool begin = false, idle = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& record : records) {
      if (over_ || under_way_.size() + waiting_.size() + outcomes_.size() >= window || bytes_ >= most_bytes) {
        short_ = true;
        break;
      }
      ++taken;
      take(record);
    }
    begin = taken > 0 && !std::exchange(flushing_, true);
    idle = under_way_.size() == unsent_;
  }
  // While confirms are awaited more gathers, and goes together.
  if (begin) run_or_post(idle && trunk_->is_plain(), [this] { write(); });
  return taken;
}

// Those that wait for the log-in or their exchange; the others are written, or are about to be.
std::vector<driver::Tag> PublisherSession::recall(std::span<const driver::Tag> tags) {
  const std::set<driver::Tag> wanted(tags.begin(), tags.end());
  std::vector<driver::Tag> taken;
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const driver::Record& record) {
    if (!wanted.contains(record.tag)) return false;
    taken.push_back(record.tag);
    return true;
  });
  if (!taken.empty()) post([this] { tell_outcomes(); });
  return taken;
}

Way PublisherSession::way_of(const driver::Record& record) const {
  const auto& place = place_of(*record.to);
  if (place.role == driver::Role::main) return {.exchange = place.exchange, .routing_key = place.routing_key};
  if (place.role == driver::Role::dead_letter) return {.routing_key = dead_letter_queue_of(place, place.group)};
  Way way{.routing_key = queue_of(place, place.group)};
  const auto until = due(record);
  const auto* tier = until ? tier_for(std::chrono::duration_cast<driver::Millis>(*until - runtime_.wall())) : nullptr;
  // Where nobody made it, what comes back too early waits in memory.
  if (tier != nullptr && !no_tier_.contains(tier->name)) way.exchange = tier->name;
  return way;
}

void PublisherSession::take(const driver::Record& record) {
  const auto& place = place_of(*record.to);
  if (place.role == driver::Role::dead_letter && broadcasts_->has(queue_of(place, place.group)))
    return outcome(record.tag, {});
  if (waiting_.empty() && frame_max_ != 0) {
    const auto way = way_of(record);
    if (way.exchange.empty() || known_.contains(way.exchange)) {
      encode(record, way);
      return;
    }
  }
  waiting_.push_back(record);
}

bool PublisherSession::encode(const driver::Record& record, const Way& way) {
  if (auto written = write_properties(record, runtime_.wall(), frame_max_, properties_); !written) {
    outcome(record.tag, std::move(written).error());
    return false;
  }
  const auto body = body_of(record);
  method::publish(outgoing_, channel_, way.exchange, way.routing_key);
  write_content(outgoing_, channel_, frame_max_, properties_, body);
  under_way_.push_back({.tag = record.tag, .place = &place_of(*record.to), .id = record.id, .size = body.size()});
  bytes_ += body.size();
  ++unsent_;
  return true;
}

void PublisherSession::outcome(driver::Tag tag, Error error) {
  outcomes_.push_back({.tag = tag, .error = std::move(error)});
}

void PublisherSession::ready() {
  std::string frames;
  method::confirm_select(frames, channel_);
  trunk_->ask(channel_, frames, [this](const Result<Reply>& reply) {
    if (!reply) return;
    {
      const std::lock_guard lock(mutex_);
      frame_max_ = trunk_->frame_max();
    }
    advance();
  });
}

// In a call of `submit`, perhaps: what must be told is told later.
void PublisherSession::write() {
  const std::lock_guard lock(mutex_);
  flushing_ = false;
  if (unsent_ > 0 && frame_max_ != 0) {
    trunk_->send(outgoing_);
    unsent_ = 0;
  }
  if (!waiting_.empty() || !outcomes_.empty()) post([this] { advance(); });
}

// What could not go at once goes in its order: nothing passes one that waits for its exchange.
void PublisherSession::advance() {
  std::string missing;
  {
    const std::lock_guard lock(mutex_);
    while (frame_max_ != 0 && !waiting_.empty()) {
      const auto& record = waiting_.front();
      const auto way = way_of(record);
      if (const auto why = unknown_.find(way.exchange); why != unknown_.end()) {
        outcome(record.tag,
                why->second.code == Errc::not_found ? no_group(way.exchange, way.routing_key) : why->second);
      } else if (!way.exchange.empty() && !known_.contains(way.exchange)) {
        missing = way.exchange;
        break;
      } else {
        encode(record, way);
      }
      waiting_.pop_front();
    }
    // Who comes later looks again.
    if (waiting_.empty()) unknown_.clear();
    if (unsent_ > 0 && frame_max_ != 0) {
      trunk_->send(outgoing_);
      unsent_ = 0;
    }
  }
  if (!missing.empty()) look_for(missing);
  tell_outcomes();
}

void PublisherSession::look_for(const std::string& exchange) {
  if (!looking_.insert(exchange).second) return;
  std::string frame;
  method::declare_exchange(frame, Control::channel, {.name = exchange, .passive = true});
  control_->ask(std::move(frame), [weak = weak_from_this(), exchange](const Result<Reply>& reply) {
    const auto self = std::static_pointer_cast<PublisherSession>(weak.lock());
    if (self && !self->is_over()) self->known(exchange, reply ? Error() : reply.error());
  });
}

void PublisherSession::known(const std::string& exchange, const Error& why) {
  looking_.erase(exchange);
  {
    const std::lock_guard lock(mutex_);
    const bool tier = std::ranges::any_of(tiers, [&](const Tier& one) { return one.name == exchange; });
    if (!why)
      known_.insert(exchange);
    else if (tier)
      no_tier_.insert(exchange);
    else
      unknown_[exchange] = why;
  }
  advance();
}

PublisherSession::UnderWay* PublisherSession::find(std::uint64_t delivery) {
  if (delivery < first_ || delivery - first_ >= under_way_.size()) return nullptr;
  return &under_way_[delivery - first_];
}

// It is told before it is confirmed, and by its id only.
void PublisherSession::returned(Arrived message) {
  const std::lock_guard lock(mutex_);
  for (auto& one : under_way_)
    if (!one.settled && !one.returned && one.id == message.content->id()) {
      one.returned = true;
      return;
    }
}

void PublisherSession::confirmed(std::uint64_t delivery, bool all_before, bool accepted) {
  const std::lock_guard lock(mutex_);
  const auto settle = [&](UnderWay& one) {
    if (std::exchange(one.settled, true)) return;
    if (one.returned) {
      const auto& place = *one.place;
      outcome(one.tag, place.role == driver::Role::main
                           ? no_group(place.exchange, place.routing_key)
                           : failure(Errc::not_found, "group " + place.group + " of " + place.topic +
                                                          " has no queue any more: somebody removed it"));
    } else if (!accepted) {
      outcome(one.tag, failure(Errc::queue_full, "a queue of exchange " + one.place->exchange + " is full",
                               "let its group catch up, or raise the queue's x-max-length"));
    } else {
      outcome(one.tag, {});
    }
  };
  if (all_before) {
    for (auto number = first_; number <= delivery; ++number)
      if (auto* one = find(number)) settle(*one);
  } else if (auto* one = find(delivery)) {
    settle(*one);
  }
  while (!under_way_.empty() && under_way_.front().settled) {
    bytes_ -= under_way_.front().size;
    under_way_.pop_front();
    ++first_;
  }
}

void PublisherSession::tell_outcomes() {
  std::vector<driver::Sent> outcomes;
  bool room = false, done = false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(outcomes, outcomes_);
    const auto left = under_way_.size() + waiting_.size();
    room = short_ && left < window / 2 && bytes_ < most_bytes / 2;
    if (room) short_ = false;
    done = left == 0;
  }
  tell([&] {
    if (!outcomes.empty()) sink_.sent(outcomes);
    if (room) sink_.writable();
  });
  if (done && leaving_ && !is_over() && !std::exchange(parting_, true))
    trunk_->leave(std::exchange(channel_, 0),
                  [self = std::static_pointer_cast<PublisherSession>(shared_from_this())] { self->end({}); });
}

bool PublisherSession::waits() const {
  const std::lock_guard lock(mutex_);
  return !under_way_.empty();
}

void PublisherSession::channel_closed(Error why) {
  channel_ = 0;
  refused(why);
  end(std::move(why));
}

// The channel went with all that was on it. Whose fault it was the server does not say; what it refuses to one message
// for its exchange it refuses to all of them.
void PublisherSession::refused(const Error& why) {
  if (why.code != Errc::permission_denied && why.code != Errc::not_found && why.code != Errc::message_too_large) return;
  const std::lock_guard lock(mutex_);
  const auto largest = std::ranges::max_element(under_way_, {}, &UnderWay::size);
  for (auto& one : under_way_) {
    if (one.settled) continue;
    const auto& exchange = one.place->role == driver::Role::main ? one.place->exchange : "amq.default";
    const bool its = why.code == Errc::message_too_large ? &one == &*largest
                                                         : why.native.find("'" + exchange + "'") != std::string::npos;
    if (its && std::exchange(one.settled, true) == false) outcome(one.tag, why);
  }
}

void PublisherSession::leave() {
  leaving_ = true;
  post([this] { tell_outcomes(); });
}

// What was not handed to the server at all has not been sent, which is not the same as unknown.
void PublisherSession::on_end(Error why) {
  if (channel_ != 0) trunk_->leave(std::exchange(channel_, 0));
  std::vector<driver::Sent> known_outcomes;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    std::swap(known_outcomes, outcomes_);
    auto reason = why ? why : failure(Errc::unavailable, "rabbitmq was not reached in time");
    reason.code = is_retryable(reason.code) ? Errc::unavailable : reason.code;
    if (reason.code == Errc::conflict) reason.code = Errc::unavailable;
    for (auto it = under_way_.end() - static_cast<std::ptrdiff_t>(unsent_); it != under_way_.end(); ++it)
      if (!it->settled) known_outcomes.push_back({.tag = it->tag, .error = reason});
    for (const auto& record : waiting_) known_outcomes.push_back({.tag = record.tag, .error = reason});
    under_way_.clear();
    waiting_.clear();
  }
  tell([&] {
    if (!known_outcomes.empty()) sink_.sent(known_outcomes);
    sink_.ended(std::move(why));
  });
}

}  // namespace ductape::inline v0::rabbitmq
