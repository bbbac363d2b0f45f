// SPDX-License-Identifier: Apache-2.0
// How a consumer gets messages: one request at a time, for as many as there is room for. The server answers it with
// messages, and with a status when it is over.
#include <algorithm>
#include <iterator>

#include "providers/nats/consumer.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

// Of one request: what the server does with an ack takes longer the more messages wait for one.
constexpr std::size_t pull_most = 1'000;
constexpr driver::Millis past_a_pull{50};

}  // namespace

void ConsumerSession::credit(std::size_t messages, std::size_t bytes) {
  push([this, messages, bytes] {
    credit_messages_ = stopping() ? 0 : messages;
    credit_bytes_ = bytes;
    fetch();
  });
}

bool ConsumerSession::may_hand_out() const { return !setup_.owner || setup_.owner->held(); }

void ConsumerSession::fetch() {
  if (!ready_ || stopping()) return;
  hand_out_kept();
  if (!connected_ || pull_ || missing_until_ || !may_hand_out()) return;
  if (setup_.owner && runtime_.now() < setup_.owner->not_before()) return;
  if (taking_over_) return ask(pull_most, {{"no_wait", true}});
  if (!kept_.empty() || credit_messages_ <= hands_.count()) return;
  if (hands_.count() > 0 && (hands_.bytes() >= credit_bytes_ || alone_)) return;
  Json request{{"expires", std::chrono::nanoseconds(pull_expires).count()}};
  // Without a limit for the bytes if the next message is larger than it.
  if (!alone_ && credit_bytes_ < (std::size_t{1} << 31))
    request["max_bytes"] = std::max<std::size_t>(credit_bytes_ - hands_.bytes(), 1);
  ask(alone_ ? 1 : std::min(credit_messages_ - hands_.count(), pull_most), std::move(request));
}

void ConsumerSession::ask(std::size_t messages, Json request) {
  request["batch"] = messages;
  pull_ = Pull{.number = ++last_pull_, .left = messages, .sent = runtime_.now()};
  link_->send("$JS.API.CONSUMER.MSG.NEXT." + setup_.place.stream + '.' + setup_.place.consumer,
              inbox_ + '.' + std::to_string(last_pull_), request.dump());
}

void ConsumerSession::arrived(std::vector<MessagePtr> messages) {
  if (ended()) {
    for (const auto& message : messages)
      if (message) return_late(*message);
    return;
  }
  const bool first = arrivals_.empty();
  std::ranges::move(messages, std::back_inserter(arrivals_));
  if (first) push([this] { take_arrivals(); });
}

// After the end: all that the last request still brings goes back; then nothing more can come.
void ConsumerSession::return_late(natsMsg& message) {
  const char* reply = natsMsg_GetReply(&message);
  const bool is_status = reply == nullptr || *reply == '\0';
  if (!is_status) return_soon(reply);
  if (!pull_) return;
  if (is_status ? ends_pull(message) : --pull_->left == 0) {
    pull_.reset();
    link_->leave(messages_, [] {});
  }
}

bool ConsumerSession::ends_pull(natsMsg& status) const {
  const std::string_view subject = natsMsg_GetSubject(&status);
  return pull_ && subject.substr(subject.rfind('.') + 1) == std::to_string(pull_->number) && status_of(status) != 100;
}

void ConsumerSession::take_arrivals() {
  auto arrivals = std::exchange(arrivals_, {});
  if (arrivals.empty()) return;
  tell_settled();
  if (ended()) return;
  std::vector<driver::Delivered> delivered;
  for (auto& message : arrivals) {
    const char* reply = message ? natsMsg_GetReply(message.get()) : nullptr;
    if (!message)
      nobody_listens();
    else if (reply == nullptr || *reply == '\0')
      take_status(*message);
    else
      take_message(std::move(message), delivered);
    if (ended()) return;
  }
  heard();
  if (!delivered.empty()) sink_.delivered(delivered);
  fetch();
  leave_if_done();
}

void ConsumerSession::nobody_listens() {
  pull_.reset();
  taking_over_ = false;
  if (!stopping()) check();
}

void ConsumerSession::take_status(natsMsg& message) {
  if (!ends_pull(message)) return;
  pull_.reset();
  taking_over_ = false;
  if (const auto status = status_of(message); status != 409) return;  // its time is over, or there was nothing
  const auto words = description_of(message);
  if (words.find("maxbytes") != std::string::npos) {
    alone_ = true;
  } else if (!stopping()) {
    check();  // the consumer may be gone
  }
}

void ConsumerSession::take_message(MessagePtr message, std::vector<driver::Delivered>& out) {
  auto arrived = std::make_shared<Arrived>();
  arrived->ack_subject = natsMsg_GetReply(message.get());
  const auto position = read_ack_subject(arrived->ack_subject);
  if (!position) return;
  arrived->position = *position;
  const auto now = runtime_.now();
  const auto asked = pull_ ? pull_->sent : now;
  if (pull_ && --pull_->left == 0) pull_.reset();
  alone_ = false;
  // It left the server when the request was still alive. What is older lay here while this process stood still, and
  // somebody else may have it.
  const auto lease = std::min(now, asked + pull_expires) + setup_.lease;
  if (lease <= now) return;
  const bool room = !stopping() && hands_.count() < credit_messages_ && may_hand_out();
  if (!setup_.place.ordered && !room) return return_soon(arrived->ack_subject);

  arrived->envelope = read_headers(headers_of(*message));
  arrived->sequence = std::to_string(position->sequence);
  arrived->native_id = native_id(setup_.place.stream, position->sequence);
  arrived->message = std::move(message);
  if (setup_.place.ordered && position->deliveries == 1) taking_over_ = false;  // those from before come first
  if (!setup_.place.ordered || (room && !taking_over_ && kept_.empty()))
    return hand_out(std::move(arrived), lease, out);
  const auto sequence = position->sequence;
  kept_[sequence] = {std::move(arrived), lease};
}

void ConsumerSession::hand_out_kept() {
  std::vector<driver::Delivered> delivered;
  while (!taking_over_ && !kept_.empty() && hands_.count() < credit_messages_ && may_hand_out()) {
    auto kept = std::move(kept_.extract(kept_.begin()).mapped());
    hand_out(std::move(kept.message), kept.lease, delivered);
  }
  if (!delivered.empty()) sink_.delivered(delivered);
}

// In their order, and known to the server, before another member reads.
void ConsumerSession::return_kept() {
  for (const auto& [sequence, kept] : std::exchange(kept_, {})) {
    ++returning_;
    link_->ask(kept.message->ack_subject, "-NAK", {}, kept.lease, later<Result<MessagePtr>>([this](auto) {
                 --returning_;
                 leave_if_done();
               }));
  }
}

void ConsumerSession::hand_out(ArrivedPtr message, driver::Deadline lease, std::vector<driver::Delivered>& out) {
  const auto& [native, ack_subject, position, envelope, sequence, native_id] = *message;
  if (const auto before = hands_.holder(position.sequence)) {
    const auto state = hands_.find(*before)->state;
    if (state == Hands::State::held) {
      lose({*before}, "JetStream handed the message out again");
    } else if (state == Hands::State::returning) {
      answered(*before, {});  // it is back, so the server took it
      tell_settled();
    }
  }
  const auto body = body_of(*native);
  const auto failed = setup_.attempts->of(setup_.place.consumer, position.sequence);
  const auto tag = hands_.add({.ack_subject = ack_subject,
                               .sequence = position.sequence,
                               .message = message,
                               .bytes = body.size(),
                               .lease = lease});
  driver::Delivered one{.tag = tag,
                        .id = envelope.id.empty() ? std::string_view(native_id) : envelope.id,
                        .key = envelope.key,
                        .native_id = native_id,
                        .position = sequence,
                        .body = std::as_bytes(std::span(body)),
                        .attributes = envelope.attributes,
                        .headers = envelope.headers,
                        .deliveries = position.deliveries,
                        .failures = failed.times,
                        .published = position.stored,
                        .lease = lease,
                        .bytes = message};
  if (failed.times > 0) one.first_failure = failed.first;
  out.push_back(std::move(one));
}

// Nobody here wants it. While a request of ours is open the server would give it to that, again and again, and count
// each time: so it comes back after that.
std::string ConsumerSession::give_back_after(driver::Clock::duration delay) const {
  if (pull_ && (ended() || stopping() || hands_.count() >= credit_messages_))
    delay = std::max(delay, pull_->sent + pull_expires + past_a_pull - runtime_.now());
  if (delay <= delay.zero()) return "-NAK";
  return R"(-NAK {"delay": )" + std::to_string(std::chrono::nanoseconds(delay).count()) + "}";
}

void ConsumerSession::return_soon(std::string_view ack_subject) { link_->send(ack_subject, {}, give_back_after({})); }

void ConsumerSession::lose(std::vector<driver::Tag> tags, const std::string& why) {
  if (tags.empty()) return;
  for (const auto tag : tags) hands_.remove(tag);
  sink_.lost(tags, failure(Errc::lost, setup_.place.subject + ": " + why));
  if (!ended()) leave_if_done();
}

}  // namespace ductape::inline v0::nats
