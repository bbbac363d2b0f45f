// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/dead_letters.h"

#include <ductape/units.hpp>

#include "providers/nats/base64.h"
#include "providers/nats/envelope.h"
#include "providers/nats/errors.h"
#include "providers/nats/presence.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis look_every{200}, ask_every{1'000};

struct Stored {
  std::string body, native_id, header_lines;
  Envelope envelope;
};

}  // namespace

void DeadLetterSession::start() {
  push([this] {
    link_->add(std::static_pointer_cast<DeadLetterSession>(shared_from_this()));
    presence_ = be_present(link_, place_);
    owner_->join(later<Error>([this](Error why) {
      if (why) return stopping() ? void() : end(std::move(why));
      fetch();
    }));
    tick();
  });
}

void DeadLetterSession::credit(std::size_t messages) {
  push([this, messages] {
    credit_ = stopping() ? 0 : messages;
    fetch();
  });
}

void DeadLetterSession::fetch() {
  if (ended() || stopping() || asking_ || credit_ <= held_.size() || !owner_->held()) return;
  if (runtime_.now() < look_again_) return;
  asking_ = true;
  ask_jetstream(*link_, "STREAM.MSG.GET." + place_.stream, {{"seq", next_}, {"next_by_subj", place_.subject}},
                "dead letters in " + place_.subject,
                later<Result<Json>>([this](Result<Json> answer) { fetched(std::move(answer)); }));
}

void DeadLetterSession::fetched(Result<Json> answer) {
  asking_ = false;
  if (!answer) {
    if (answer.error().code != Errc::not_found && answer.error().code != Errc::unavailable)
      return end(std::move(answer).error());
    if (answer.error().code == Errc::not_found) heard();
    look_again_ = runtime_.now() + look_every;
    return;
  }
  heard();
  if (stopping() || credit_ <= held_.size() || !owner_->held()) return;
  hand_out((*answer)["message"]);
  fetch();
}

void DeadLetterSession::hand_out(const Json& message) {
  const auto sequence = message.value("seq", 0ull);
  next_ = sequence + 1;
  auto stored = std::make_shared<Stored>();
  stored->body = from_base64(message.value("data", ""));
  stored->header_lines = from_base64(message.value("hdrs", ""));
  stored->envelope = read_headers(parse_header_lines(stored->header_lines));
  stored->native_id = place_.stream + ':' + std::to_string(sequence);
  driver::Delivered one{.tag = ++last_tag_,
                        .id = stored->envelope.id,
                        .key = stored->envelope.key,
                        .native_id = stored->native_id,
                        .body = std::as_bytes(std::span(stored->body)),
                        .attributes = stored->envelope.attributes,
                        .headers = stored->envelope.headers};
  if (const auto time = parse_time(message.value("time", ""))) one.published = *time;
  if (one.id.empty()) one.id = stored->native_id;
  one.bytes = std::move(stored);
  held_.emplace(one.tag, sequence);
  count();
  sink_.delivered(std::span(&one, 1));
}

void DeadLetterSession::settle(std::span<const driver::Settle> outcomes) {
  push([this, batch = std::vector(outcomes.begin(), outcomes.end())] {
    std::vector<driver::Settled> settled;
    for (const auto& outcome : batch) {
      const auto found = held_.find(outcome.tag);
      if (found == held_.end() || !owner_->held()) {
        settled.push_back({outcome.tag, failure(Errc::lost, place_.subject + ": another call has the dead letters")});
        held_.erase(outcome.tag);
        continue;
      }
      const auto sequence = found->second;
      held_.erase(found);
      if (outcome.verdict != driver::Verdict::ack) {
        next_ = std::min(next_, sequence);
        settled.push_back({outcome.tag, {}});
        continue;
      }
      removing_.emplace(outcome.tag, sequence);
      ask_jetstream(*link_, "STREAM.MSG.DELETE." + place_.stream, {{"seq", sequence}, {"no_erase", true}},
                    "dead letter " + std::to_string(sequence) + " of " + place_.subject,
                    later<Result<Json>>([this, tag = outcome.tag](const auto& answer) { removed(tag, answer); }));
    }
    count();
    if (!settled.empty()) sink_.settled(settled);
    fetch();
    leave_if_done();
  });
}

void DeadLetterSession::removed(driver::Tag tag, const Result<Json>& answer) {
  const auto found = removing_.find(tag);
  driver::Settled settled{.tag = tag};
  // One that was deleted before, by an answer that was lost, is as good.
  if (!answer && answer.error().code != Errc::not_found) {
    settled.error = answer.error();
    held_.emplace(tag, found->second);
  }
  removing_.erase(found);
  count();
  sink_.settled(std::span(&settled, 1));
  leave_if_done();
}

void DeadLetterSession::tick() {
  const auto now = runtime_.now();
  at(now + look_every, [this] { tick(); });
  const bool owns = owner_->held();
  if (std::exchange(owned_, owns) && !owns && !held_.empty()) {
    std::vector<driver::Tag> tags;
    for (const auto& [tag, sequence] : std::exchange(held_, {})) tags.push_back(tag);
    count();
    sink_.lost(tags, failure(Errc::lost, place_.subject + ": another call has the dead letters"));
  }
  fetch();
  if (asking_ || now - heard_ < ask_every) return;
  ask_jetstream(*link_, "STREAM.INFO." + place_.stream, {}, "stream " + place_.stream,
                later<Result<Json>>([this](const auto& answer) {
                  if (answer) heard();
                }));
}

void DeadLetterSession::heard() {
  heard_ = runtime_.now();
  sink_.alive(heard_);
}

void DeadLetterSession::count() { in_hand_ = held_.size() + removing_.size(); }

void DeadLetterSession::begin_stop() {
  credit_ = 0;
  link_->leave(presence_, later<>([this] {
                 left_ = true;
                 leave_if_done();
               }));
}

void DeadLetterSession::leave_if_done() {
  if (ended() || !stopping() || !left_ || !held_.empty() || !removing_.empty()) return;
  left_ = false;
  owner_->leave(later<>([this] { end({}); }));
}

void DeadLetterSession::on_end(const Error&) {
  in_hand_ = 0;
  owner_->leave([] {});
  if (!stopping() && presence_) link_->leave(presence_, [] {});
}

}  // namespace ductape::inline v0::nats
