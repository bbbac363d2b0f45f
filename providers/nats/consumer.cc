// SPDX-License-Identifier: Apache-2.0
// A consumer's life: getting ready, staying alive, leaving.
#include "providers/nats/consumer.h"

#include "providers/nats/errors.h"
#include "providers/nats/presence.h"

namespace ductape::inline v0::nats {
namespace {

/// How much later than at an ack's end the server may give a message out again.
constexpr driver::Millis given_out_again{200};
constexpr driver::Millis tick_every{400}, heard_every{1'000}, gap_every{5'000}, answer_in{2'000};
// A request for messages that the server has not ended by then is lost.
constexpr driver::Millis pull_lost = ConsumerSession::pull_expires + driver::Millis(1'000);

}  // namespace

void ConsumerSession::start() {
  push([this] {
    link_->add(std::static_pointer_cast<ConsumerSession>(shared_from_this()));
    inbox_ = link_->new_inbox();
    heard_ = runtime_.now();
    join();
    at(runtime_.now() + tick_every, [this] { tick(); });
  });
}

void ConsumerSession::join() {
  const std::weak_ptr<Session> weak = weak_from_this();
  messages_ = link_->listen(inbox_ + ".*", [weak, link = std::weak_ptr(link_)](std::vector<MessagePtr> messages) {
    const auto self = std::static_pointer_cast<ConsumerSession>(weak.lock());
    if (self) return self->arrived(std::move(messages));
    if (const auto here = link.lock()) reply_to_each(*here, messages, "-NAK");
  });
  presence_ = be_present(link_, setup_.place);
  check();
  if (setup_.owner)
    setup_.owner->join(later<Error>([this](Error why) {
      if (why) return stopping() ? void() : end(std::move(why));
      taking_over_ = setup_.place.ordered && setup_.owner->held();
      if (!setup_.owner->held()) {
        kept_.clear();
        lose(hands_.held(), "another member owns the group now");
      }
      fetch();
    }));
}

void ConsumerSession::check() {
  if (std::exchange(checking_, true)) return;
  ask_jetstream(
      *link_, "CONSUMER.INFO." + setup_.place.stream + '.' + setup_.place.consumer, {},
      "group " + setup_.place.group + " (consumer " + setup_.place.consumer + " of stream " + setup_.place.stream + ")",
      later<Result<Json>>([this](Result<Json> info) { checked(std::move(info)); }), answer_in);
}

void ConsumerSession::checked(Result<Json> info) {
  checking_ = false;
  if (!info && ready_ && info.error().code == Errc::unavailable) return;  // silent, until the server answers
  if (!info) return stopping() ? void() : end(std::move(info).error());
  heard();
  if (runtime_.now() - checked_gap_ >= gap_every) check_gap((*info)["ack_floor"].value("stream_seq", 0ull));
  if (something_missing(*info)) return;
  ready_ ? fetch() : set_lease(*info);
}

bool ConsumerSession::something_missing(const Json& info) {
  if (!missing_until_) return false;
  const auto out = info.value("num_ack_pending", std::size_t{0});
  if (out > hands_.count() + kept_.size() && runtime_.now() < *missing_until_) return true;
  missing_until_.reset();
  return false;
}

// The server's clock for an ack is the subscription's lease; what it was made with is only a default.
void ConsumerSession::set_lease(const Json& info) {
  auto config = info.value("config", Json::object());
  const auto wanted = std::chrono::nanoseconds(setup_.lease).count();
  if (config.value("ack_wait", std::int64_t{0}) == wanted) return ready();
  config["ack_wait"] = wanted;
  ask_jetstream(*link_, "CONSUMER.DURABLE.CREATE." + setup_.place.stream + '.' + setup_.place.consumer,
                {{"stream_name", setup_.place.stream}, {"config", config}},
                "consumer " + setup_.place.consumer + " of stream " + setup_.place.stream,
                later<Result<Json>>([this](Result<Json> updated) {
                  if (!updated) return stopping() ? void() : end(updated.error());
                  ready();
                }));
}

void ConsumerSession::ready() {
  ready_ = true;
  fetch();
}

// The floor was read before the stream is: what is removed behind it is no loss of this group.
void ConsumerSession::check_gap(std::uint64_t floor) {
  checked_gap_ = runtime_.now();
  if (setup_.place.role != driver::Role::main) return;  // of the same stream, told once for the group
  ask_jetstream(*link_, "STREAM.INFO." + setup_.place.stream, {}, "stream " + setup_.place.stream,
                later<Result<Json>>([this, floor](const Result<Json>& stream) {
                  if (stream) compare_gap(*stream, floor);
                }));
}

void ConsumerSession::compare_gap(const Json& stream, std::uint64_t floor) {
  const auto& state = stream.at("state");
  const auto first = state.value("first_seq", 0ull);
  const auto seen = std::max(floor, told_gap_);
  if (first <= seen + 1) return;
  told_gap_ = first - 1;
  sink_.gap(0, first - 1 - seen);
}

void ConsumerSession::heard() {
  heard_ = runtime_.now();
  sink_.alive(heard_);
}

void ConsumerSession::connected() {
  push([this] {
    connected_ = true;
    pull_.reset();
    missing_until_ ? check() : fetch();
  });
}

void ConsumerSession::disconnected() {
  push([this] {
    connected_ = false;
    if (pull_ && setup_.place.ordered) {
      missing_until_ = runtime_.now() + setup_.lease + given_out_again;
      at(*missing_until_, [this] {
        if (missing_until_ && connected_) check();
      });
    }
    pull_.reset();
    leave_if_done();
  });
}

void ConsumerSession::tick() {
  const auto now = runtime_.now();
  at(now + tick_every, [this] { tick(); });
  lose(hands_.expire(now), "the lease is over");
  std::erase_if(kept_, [now](const auto& entry) { return entry.second.lease <= now; });  // they come again
  if (!ready_) return;
  // The server forgets requests when it restarts or the consumer is made anew.
  if (pull_ && now - pull_->sent >= pull_lost) {
    pull_.reset();
    check();
    leave_if_done();
  } else if ((!pull_ && now - heard_ >= heard_every) || now - checked_gap_ >= gap_every) {
    check();
    fetch();
  } else {
    fetch();
  }
}

void ConsumerSession::begin_stop() {
  credit_messages_ = 0;
  if (presence_)
    link_->leave(presence_, later<>([this] {
                   absent_ = true;
                   leave_if_done();
                 }));
  leave_if_done();
}

// The next active member must find all that this one had, in order; else what comes after the end is given back then.
void ConsumerSession::leave_if_done() {
  if (ended() || !stopping() || !absent_ || !hands_.empty() || released_) return;
  if (!setup_.owner) return end({});
  if (pull_) return;
  return_kept();
  if (returning_ > 0) return;
  released_ = true;
  setup_.owner->leave(later<>([this] { end({}); }));
}

void ConsumerSession::on_end(const Error& why) {
  for (const auto tag : hands_.held()) return_soon(hands_.find(tag)->ack_subject);
  for (const auto& [sequence, kept] : kept_) return_soon(kept.message->ack_subject);
  if (pull_) {
    const auto over = pull_->sent + pull_lost;
    link_->linger(messages_, over);
    runtime_.at(over, [self = shared_from_this()] {});  // it stays, to give back what the request still brings
  } else {
    link_->leave(messages_, [] {});
  }
  for (const auto& message : std::exchange(arrivals_, {}))
    if (message) return_late(*message);
  if (setup_.owner && !released_) setup_.owner->leave([] {});
  if (setup_.broadcast && !why)
    ask_jetstream(*link_, "CONSUMER.DELETE." + setup_.place.stream + '.' + setup_.place.consumer, {}, "broadcast",
                  [](const Result<Json>&) {});
  if (!stopping()) link_->leave(presence_, [] {});
}

}  // namespace ductape::inline v0::nats
