// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/publisher.h"

#include <simdjson.h>

#include <algorithm>

#include "providers/nats/api.h"
#include "providers/nats/envelope.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

// What the pipeline leaves of `message_max`, less what the headers grow by on the wire.
constexpr std::size_t diagnostics_room = 4 << 10;

}  // namespace

Result<Confirmation> read_confirmation(Result<MessagePtr> message, std::string_view subject) {
  if (message) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element confirmed;
    const auto text = body_of(**message);
    std::string_view stream;
    std::uint64_t sequence = 0;
    if (parser.parse(text.data(), text.size()).get(confirmed) == simdjson::SUCCESS &&
        confirmed["stream"].get(stream) == simdjson::SUCCESS && confirmed["seq"].get(sequence) == simdjson::SUCCESS &&
        confirmed["error"].error() != simdjson::SUCCESS) {
      bool duplicate = false;
      if (confirmed["duplicate"].get(duplicate) != simdjson::SUCCESS) duplicate = false;
      return Confirmation{.native_id = native_id(stream, sequence), .duplicate = duplicate};
    }
  }
  auto answer = read_answer(std::move(message), subject);
  if (!answer) return std::move(answer).error();
  return failure(Errc::unavailable, std::string(subject) + ": the answer is not that of a stream",
                 "look which service listens to the subject");
}

void PublisherSession::start() { link_->add(std::static_pointer_cast<PublisherSession>(shared_from_this())); }

std::size_t PublisherSession::submit(std::span<const driver::Record> records) {
  std::size_t taken = 0;
  {
    std::lock_guard lock(mutex_);
    if (closing_) return 0;
    if (failures_ > 0) {
      wants_room_ = true;
      return 0;
    }
    taken = std::min(records.size(), window - unanswered_);
    unanswered_ += taken;
    if (taken < records.size()) wants_room_ = true;
  }
  for (std::size_t i = 0; i < taken; ++i) send(records[i], i + 1 < taken);
  return taken;
}

std::vector<driver::Tag> PublisherSession::recall(std::span<const driver::Tag> tags) {
  auto taken = link_->recall(this, tags);
  if (taken.empty()) return taken;
  std::lock_guard lock(mutex_);
  unanswered_ -= taken.size();
  push([this] { tell(); });
  return taken;
}

void PublisherSession::send(const driver::Record& record, bool more) {
  const auto& place = *place_of(record.to);
  const std::string_view body(reinterpret_cast<const char*>(record.body.data()), record.body.size());
  const auto deadline = runtime_.now() + Link::patience;
  // A message that many read must leave room for what its dead letter says; what is sent for one of them has that on
  // it.
  const Link::Mark mark{
      .of = this, .tag = record.tag, .reserve = place.role == driver::Role::main ? diagnostics_room : 0, .more = more};
  if (link_->options().mode == "core")
    return link_->deliver(
        place.subject, body, write_headers(record, deduplication_id(record, place.subject, true)), deadline,
        [weak = weak_from_this(), tag = record.tag](const Result<MessagePtr>& taken) {
          if (const auto self = std::static_pointer_cast<PublisherSession>(weak.lock()))
            self->answered({.tag = tag, .error = taken ? Error() : taken.error()});
        },
        mark);
  // The same id on a repeated death or redrive, and on another topic of the stream, is another message.
  const bool own_id = place.own_stream && place.role == driver::Role::main;
  link_->ask(
      place.subject, body, write_headers(record, deduplication_id(record, place.subject, own_id)),
      runtime_.now() + Link::patience,
      [weak = weak_from_this(), tag = record.tag, plan = record.to->plan](Result<MessagePtr> message) {
        const auto self = std::static_pointer_cast<PublisherSession>(weak.lock());
        if (!self) return;
        const auto& to = *static_cast<const Place*>(plan.get());
        if (message && status_of(**message) == 503) return self->make_stream(tag, to);
        auto confirmed = read_confirmation(std::move(message), to.subject);
        if (!confirmed) return self->answered({.tag = tag, .error = std::move(confirmed).error()});
        self->answered({.tag = tag, .native_id = std::move(confirmed->native_id), .duplicate = confirmed->duplicate});
      },
      mark);
}

// Nothing has the subject: a publish before any group. It is sent again, which is the pipeline's, to the stream that is
// made here, unless that cannot or may not be made.
void PublisherSession::make_stream(driver::Tag tag, const Place& place) {
  Error why = failure(Errc::unavailable, "stream " + place.stream +
                                             (place.may_make ? " is not there yet and is being made"
                                                             : " does not answer and is being looked for"));
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    auto& making = making_[place.stream];
    first = !std::exchange(making.asked, true);
    if (making.failure) {
      why = std::exchange(making.failure, {});
      making.asked = first = false;
    }
  }
  if (first) {
    Place topic = place;
    provision(link_, {.place = std::move(topic), .settings = settings_, .groups = {}, .create = place.may_make},
              [weak = weak_from_this(), stream = place.stream](Result<driver::Topology> made) {
                const auto self = std::static_pointer_cast<PublisherSession>(weak.lock());
                if (!self) return;
                std::lock_guard lock(self->mutex_);
                if (made && made->missing.empty())
                  self->making_.erase(stream);
                else
                  self->making_[stream].failure =
                      made ? not_to_be_made("stream " + made->missing.front()) : std::move(made).error();
              });
  }
  answered({.tag = tag, .error = std::move(why)});
}

// Answers come by themselves; the sink is told of all that came since it was told last.
void PublisherSession::answered(Outcome outcome) {
  std::lock_guard lock(mutex_);
  if (outcome.error) ++failures_;
  outcomes_.push_back(std::move(outcome));
  if (outcomes_.size() == 1) push([this] { tell(); });
}

void PublisherSession::tell() {
  std::vector<Outcome> outcomes;
  {
    std::lock_guard lock(mutex_);
    outcomes.swap(outcomes_);
  }
  std::vector<driver::Sent> sent;
  const auto failures = static_cast<std::size_t>(
      std::ranges::count_if(outcomes, [](const Outcome& one) { return static_cast<bool>(one.error); }));
  sent.reserve(outcomes.size());
  for (auto& outcome : outcomes)
    sent.push_back({outcome.tag, std::move(outcome.error), outcome.native_id, outcome.duplicate});
  if (!sent.empty()) sink_.sent(sent);
  bool room = false, done = false;
  {
    std::lock_guard lock(mutex_);
    failures_ -= failures;
    unanswered_ -= outcomes.size();
    room = wants_room_ && failures_ == 0 && unanswered_ <= window / 2;
    if (room) wants_room_ = false;
    done = closing_ && unanswered_ == 0;
  }
  if (room) sink_.writable();
  if (done) end({});
}

void PublisherSession::begin_stop() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    if (unanswered_ > 0) return;
  }
  end({});
}

}  // namespace ductape::inline v0::nats
