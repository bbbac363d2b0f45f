// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/publisher.h"

#include <set>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

// The library's queue was full.
constexpr driver::Millis advance_after{20};

}  // namespace

void PublisherSession::refuse(Error why) {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  link_->runtime().post([self = shared_from_this(), why = std::move(why)] {
    self->sink_.ended(why);
    self->end_.reach();
  });
}

std::size_t PublisherSession::submit(std::span<const driver::Record> records) {
  const std::lock_guard lock(mutex_);
  if (closing_) return 0;
  const auto taken = std::min(records.size(), window - std::min(window, unanswered_));
  unanswered_ += taken;
  if (taken < records.size()) wants_room_ = true;
  for (const auto& record : records.first(taken)) take(record);
  return taken;
}

std::vector<driver::Tag> PublisherSession::recall(std::span<const driver::Tag> tags) {
  const std::set<driver::Tag> wanted(tags.begin(), tags.end());
  std::vector<driver::Tag> taken;
  const std::lock_guard lock(mutex_);
  std::erase_if(pending_, [&](const auto& record) {
    if (!wanted.contains(record.tag)) return false;
    taken.push_back(record.tag);
    return true;
  });
  unanswered_ -= taken.size();
  if (!taken.empty()) link_->push([self = shared_from_this()] { self->tell(); });
  return taken;
}

// With the lock held.
void PublisherSession::take(const driver::Record& record) {
  const auto& place = *place_of(record.to);
  if (place.role != driver::Role::main && broadcasts_->take(place, record)) {
    outcomes_.push_back({.tag = record.tag});
    return link_->push([self = shared_from_this()] { self->tell(); });
  }
  if (pending_.empty())
    if (auto* target = link_->target(topic_of(place, record, link_->runtime().wall())); target != nullptr)
      if (send(record, *target)) return;
  pending_.push_back(record);
  if (pending_.size() == 1) link_->push([self = shared_from_this()] { self->advance(); });
}

// With the lock held. False: there is no room.
bool PublisherSession::send(const driver::Record& record, Link::Target& target) {
  const auto& place = *place_of(record.to);
  const auto code = link_->produce(target, place, record, number_);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  outcomes_.push_back({.tag = record.tag, .error = from_code(code, "topic " + place.topic)});
  link_->push([self = shared_from_this()] { self->tell(); });
  return true;
}

// What could not go at once goes in its order: nothing passes one that waits for its topic.
void PublisherSession::advance() {
  {
    const std::lock_guard lock(mutex_);
    while (!pending_.empty()) {
      const auto& record = pending_.front();
      const auto& place = *place_of(record.to);
      const auto topic = topic_of(place, record, link_->runtime().wall());
      if (auto* target = link_->target(topic); target != nullptr) {
        if (!send(record, *target)) {
          link_->at(link_->runtime().now() + advance_after, [self = shared_from_this()] { self->advance(); });
          break;
        }
      } else if (const auto failed = failed_.find(topic); failed != failed_.end()) {
        outcomes_.push_back({.tag = record.tag, .error = failed->second});
      } else {
        if (std::exchange(asking_, true)) break;
        link_->ensure(place, topic, [weak = weak_from_this(), topic](const Result<void>& known) {
          if (const auto self = weak.lock()) self->known_now(topic, known ? Error() : known.error());
        });
        break;
      }
      pending_.pop_front();
    }
    // Who comes later looks again.
    if (pending_.empty() && !asking_) failed_.clear();
  }
  tell();
}

void PublisherSession::known_now(const std::string& topic, Error why) {
  {
    const std::lock_guard lock(mutex_);
    asking_ = false;
    if (why) failed_[topic] = std::move(why);
  }
  advance();
}

void PublisherSession::unreachable(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& record : pending_) outcomes_.push_back({.tag = record.tag, .error = why});
    pending_.clear();
  }
  tell();
}

void PublisherSession::report(std::vector<Outcome> outcomes) {
  {
    const std::lock_guard lock(mutex_);
    if (outcomes_.empty())
      outcomes_ = std::move(outcomes);
    else
      std::ranges::move(outcomes, std::back_inserter(outcomes_));
  }
  tell();
}

void PublisherSession::tell() {
  std::vector<Outcome> outcomes;
  bool room = false, done = false;
  {
    const std::lock_guard lock(mutex_);
    outcomes.swap(outcomes_);
    unanswered_ -= std::min(unanswered_, outcomes.size());
    room = wants_room_ && unanswered_ <= window / 2;
    if (room) wants_room_ = false;
    done = closing_ && unanswered_ == 0;
  }
  if (end_.reached()) return;
  std::vector<driver::Sent> sent;
  sent.reserve(outcomes.size());
  for (auto& outcome : outcomes)
    sent.push_back({.tag = outcome.tag, .error = std::move(outcome.error), .native_id = outcome.native_id});
  if (!sent.empty()) sink_.sent(sent);
  if (room) sink_.writable();
  if (done) end({});
}

void PublisherSession::stop(driver::Deadline deadline) {
  link_->push([self = shared_from_this(), deadline] {
    {
      const std::lock_guard lock(self->mutex_);
      self->closing_ = true;
    }
    self->link_->at(deadline, [self] { self->end({}); });
    self->tell();
  });
}

void PublisherSession::end(Error why) {
  if (end_.reached()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    pending_.clear();
  }
  link_->remove(number_);
  sink_.ended(std::move(why));
  end_.reach();
}

}  // namespace ductape::inline v0::kafka
