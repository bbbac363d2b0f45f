// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/publisher.h"

#include <ductape/units.hpp>

#include "providers/redis/envelope.h"
#include "providers/redis/errors.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {
namespace {

constexpr std::size_t most_under_way = 4096;
constexpr std::size_t most_bytes = 8 << 20;
constexpr std::chrono::seconds between_trims(5);

}  // namespace

void PublisherSession::start() {
  post([this] {
    link_ = std::make_unique<Link>(loop_, *access_, static_cast<Link::Sink&>(*this));
    if (kind_ == Kind::stream) tidying_.at(net::EventLoop::Clock::now() + between_trims, [this] { tidy(); });
  });
}

std::size_t PublisherSession::submit(std::span<const driver::Record> records) {
  std::size_t taken = 0;
  bool begin = false, idle = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& record : records) {
      if (over_ || under_way_.size() >= most_under_way || outgoing_.size() >= most_bytes) {
        short_ = true;
        break;
      }
      ++taken;
      const auto before = outgoing_.size();
      if (!encode(record)) continue;
      ++commands_;
      under_way_.push_back({.tag = record.tag, .to = &place_of(*record.to), .bytes = outgoing_.size() - before});
    }
    begin = taken > 0 && !std::exchange(flushing_, true);
    idle = under_way_.size() == commands_;
  }
  // While answers are awaited more gathers, and goes together.
  if (begin) run_or_post(idle && access_->endpoint.tls == nullptr, [this] { write(); });
  return taken;
}

// Only what is in `outgoing_`: what the link was given may be on its way.
std::vector<driver::Tag> PublisherSession::recall(std::span<const driver::Tag> tags) {
  const std::set<driver::Tag> wanted(tags.begin(), tags.end());
  std::vector<driver::Tag> taken;
  const std::lock_guard lock(mutex_);
  std::string kept;
  const auto first = under_way_.end() - static_cast<std::ptrdiff_t>(commands_);
  const std::vector<Under> unsent(first, under_way_.end());
  under_way_.erase(first, under_way_.end());
  commands_ = 0;
  std::string_view rest = outgoing_;
  for (const auto& what : unsent) {
    const auto command = rest.substr(0, what.bytes);
    rest.remove_prefix(what.bytes);
    if (what.trimmed == nullptr && wanted.contains(what.tag)) {
      taken.push_back(what.tag);
      continue;
    }
    kept += command;
    under_way_.push_back(what);
    ++commands_;
  }
  outgoing_ = std::move(kept);
  if (!taken.empty()) post([this] { made_room(); });
  return taken;
}

void PublisherSession::made_room() {
  bool room = false, done = false;
  {
    const std::lock_guard lock(mutex_);
    room = short_ && under_way_.size() < most_under_way / 2;
    if (room) short_ = false;
    done = under_way_.empty();
  }
  if (room) tell([&] { sink_.writable(); });
  if (done && leaving_ && !is_over()) end({});
}

bool PublisherSession::encode(const driver::Record& record) {
  const auto& place = place_of(*record.to);
  if (const auto over = full_.find(place.stream); over != full_.end()) {
    refuse(record.tag, failure(Errc::queue_full,
                               place.stream + " has unfinished messages of all the bytes that its `retention` allows",
                               "let its groups catch up, or raise `retention`"));
    return false;
  }
  if (auto written = encode_meta(record, meta_); !written) {
    refuse(record.tag, std::move(written).error());
    return false;
  }
  if (kind_ == Kind::channel) {
    if (!record.headers.empty() || !record.key.empty()) {
      refuse(record.tag,
             failure(Errc::unsupported, "channel " + place.stream + " carries the body alone, no headers and no key",
                     "leave them out, or give the broker `mode: stream`"));
      return false;
    }
    write_command({"PUBLISH", place.stream, body_of(record)}, outgoing_);
    return true;
  }
  places_.insert(record.to->plan);
  // Redis makes a stream of the first entry, unless it is told not to.
  if (place.may_make || place.role != driver::Role::main)
    write_command({"XADD", place.stream, "*", field::body, body_of(record), field::id, record.id, field::meta, meta_},
                  outgoing_);
  else
    write_command({"XADD", place.stream, "NOMKSTREAM", "*", field::body, body_of(record), field::id, record.id,
                   field::meta, meta_},
                  outgoing_);
  return true;
}

void PublisherSession::refuse(driver::Tag tag, Error why) { refused_.push_back({.tag = tag, .error = std::move(why)}); }

// In a call of `submit`, perhaps: what must be told is told later.
void PublisherSession::write() {
  const std::lock_guard lock(mutex_);
  flushing_ = false;
  if (link_ && link_->is_ready() && commands_ > 0) {
    link_->send(outgoing_, commands_);
    commands_ = 0;
  }
  if (!refused_.empty()) post([this] { tell_refused(); });
}

void PublisherSession::tell_refused() {
  std::vector<driver::Sent> refused;
  {
    const std::lock_guard lock(mutex_);
    std::swap(refused, refused_);
  }
  if (!refused.empty()) tell([&] { sink_.sent(refused); });
}

void PublisherSession::ready() { write(); }

void PublisherSession::replied(std::span<const Reply> replies) {
  std::vector<driver::Sent> sent;
  sent.reserve(replies.size());
  bool room = false, done = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& reply : replies) {
      const ReplyView answer(reply.get());
      const auto what = under_way_.front();
      under_way_.pop_front();
      if (what.trimmed != nullptr) {
        trimmed(*what.trimmed, answer);
      } else if (answer.is_error()) {
        sent.push_back({.tag = what.tag, .error = from_reply(answer.text(), access_->endpoint.text())});
      } else if (answer.is_nil()) {
        sent.push_back({.tag = what.tag, .error = not_to_be_made("stream " + what.to->stream)});
      } else {
        sent.push_back({.tag = what.tag, .native_id = answer.text()});
      }
    }
    room = short_ && under_way_.size() < most_under_way / 2;
    if (room) short_ = false;
    done = under_way_.empty();
  }
  tell([&] {
    if (!sent.empty()) sink_.sent(sent);
    if (room) sink_.writable();
  });
  if (done && leaving_ && !is_over()) end({});
}

// What was not handed to the server at all has not been sent, which is not the same as unknown.
void PublisherSession::on_end(Error why) {
  link_.reset();
  tidying_.cancel();
  std::vector<driver::Sent> unsent;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    std::swap(unsent, refused_);
    auto reason = why ? why : failure(Errc::unavailable, access_->endpoint.text() + " was not reached in time");
    reason.code = is_retryable(reason.code) ? Errc::unavailable : reason.code;
    for (auto it = under_way_.end() - static_cast<std::ptrdiff_t>(commands_); it != under_way_.end(); ++it)
      if (it->trimmed == nullptr) unsent.push_back({.tag = it->tag, .error = reason});
    under_way_.clear();
  }
  tell([&] {
    if (!unsent.empty()) sink_.sent(unsent);
    sink_.ended(std::move(why));
  });
}

void PublisherSession::leave() {
  leaving_ = true;
  write();
  const std::lock_guard lock(mutex_);
  if (!under_way_.empty()) return;
  post([this] { end({}); });
}

// Retention is ours to see to: what every group finished goes when it is old enough, or the stream too large.
void PublisherSession::tidy() {
  {
    const std::lock_guard lock(mutex_);
    if (link_->is_ready()) {
      for (const auto& plan : places_) {
        const auto& place = *static_cast<const Place*>(plan.get());
        if (place.role != driver::Role::main) continue;
        const auto before = outgoing_.size();
        trim_command(place).write_to(outgoing_);
        ++commands_;
        under_way_.push_back({.trimmed = &place, .bytes = outgoing_.size() - before});
      }
    }
  }
  write();
  if (!is_over()) tidying_.at(net::EventLoop::Clock::now() + between_trims, [this] { tidy(); });
}

void PublisherSession::trimmed(const Place& place, ReplyView reply) {
  if (reply.number() == 1)
    full_.insert(place.stream);
  else
    full_.erase(place.stream);
}

}  // namespace ductape::inline v0::redis
