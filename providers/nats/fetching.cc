// SPDX-License-Identifier: Apache-2.0
// How a consumer gets messages: one request at a time, for as many as there is room for. The server answers it with
// messages, and with a status when it is over.
#include "providers/nats/ack_subject.h"
#include "providers/nats/consumer.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis pull_expires{1'500};
constexpr std::size_t pull_most = 1'000;  // so that one request does not fill the library's queue

// A message and what is read from it, for as long as anybody looks at it.
struct Arrived {
  MessagePtr message;
  Envelope envelope;
  std::string position, native_id;
};

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
  if (!ready_ || !connected_ || stopping() || pull_ || credit_messages_ <= hands_.count()) return;
  if (hands_.count() > 0 && (hands_.bytes() >= credit_bytes_ || alone_)) return;
  if (!may_hand_out() || (setup_.owner && runtime_.now() < setup_.owner->not_before())) return;
  const auto room = std::min(credit_messages_ - hands_.count(), pull_most);
  Json request{{"expires", std::chrono::nanoseconds(pull_expires).count()}};
  // Without a limit for the bytes if nothing is in hand, for the first message may be larger than it.
  const bool bounded = credit_bytes_ < (std::size_t{1} << 31) && !alone_;
  request["batch"] = alone_ ? 1 : room;
  if (bounded) request["max_bytes"] = std::max<std::size_t>(credit_bytes_ - hands_.bytes(), 1);
  pull_ = Pull{.number = ++last_pull_, .left = alone_ ? 1 : room, .sent = runtime_.now()};
  link_->send("$JS.API.CONSUMER.MSG.NEXT." + setup_.place.stream + '.' + setup_.place.consumer,
              inbox_ + '.' + std::to_string(last_pull_), request.dump());
}

// On the library's thread.
void ConsumerSession::arrived(MessagePtr message) {
  std::lock_guard lock(mutex_);
  arrivals_.push_back(std::move(message));
  if (arrivals_.size() == 1) push([this] { take_arrivals(); });
}

void ConsumerSession::take_arrivals() {
  std::vector<MessagePtr> arrivals;
  {
    std::lock_guard lock(mutex_);
    arrivals.swap(arrivals_);
  }
  if (arrivals.empty()) return;
  tell_settled();
  if (ended()) return;
  std::vector<driver::Delivered> delivered;
  for (auto& message : arrivals) {
    const char* reply = natsMsg_GetReply(message.get());
    if (reply == nullptr || *reply == '\0')
      take_status(*message);
    else
      take_message(std::move(message), delivered);
    if (ended()) return;
  }
  heard();
  if (!delivered.empty()) sink_.delivered(delivered);
  fetch();
}

void ConsumerSession::take_status(natsMsg& message) {
  const std::string_view subject = natsMsg_GetSubject(&message);
  if (!pull_ || subject.substr(subject.rfind('.') + 1) != std::to_string(pull_->number)) return;
  const auto status = status_of(message);
  if (status == 100) return;
  pull_.reset();
  if (status != 409 && status != 503) return;  // its time is over, or there was nothing
  const auto words = description_of(message);
  if (words.find("maxbytes") != std::string::npos) {
    alone_ = true;
  } else if (!stopping()) {
    check();  // the consumer may be gone
  }
}

void ConsumerSession::take_message(MessagePtr message, std::vector<driver::Delivered>& out) {
  const std::string ack_subject = natsMsg_GetReply(message.get());
  const auto position = read_ack_subject(ack_subject);
  if (!position) return;
  const auto now = runtime_.now();
  const auto asked = pull_ ? pull_->sent : now;
  if (pull_ && --pull_->left == 0) pull_.reset();
  alone_ = false;
  // It left the server when the request was still alive. What is older lay here while this process stood still, and
  // somebody else may have it.
  const auto lease = std::min(now, asked + pull_expires) + setup_.lease;
  if (lease <= now) return;
  if (stopping() || hands_.count() >= credit_messages_ || !may_hand_out()) return return_at_once(ack_subject);

  if (const auto before = hands_.holder(position->sequence)) {
    const auto state = hands_.find(*before)->state;
    if (state == Hands::State::held) {
      lose({*before}, "JetStream handed the message out again");
    } else if (state == Hands::State::returning) {
      answered(*before, {});  // it is back, so the server took it
      tell_settled();
    }
  }
  auto arrived = std::make_shared<Arrived>();
  arrived->envelope = read_headers(headers_of(*message));
  arrived->position = std::to_string(position->sequence);
  arrived->native_id = setup_.place.stream + ':' + arrived->position;
  arrived->message = std::move(message);
  const auto body = body_of(*arrived->message);
  const auto failed = setup_.attempts->of(setup_.place.consumer, position->sequence);
  const auto tag = hands_.add(
      {.ack_subject = ack_subject, .sequence = position->sequence, .bytes = body.size(), .lease = lease});
  driver::Delivered one{.tag = tag,
                        .id = arrived->envelope.id,
                        .key = arrived->envelope.key,
                        .native_id = arrived->native_id,
                        .position = arrived->position,
                        .body = std::as_bytes(std::span(body)),
                        .attributes = arrived->envelope.attributes,
                        .headers = arrived->envelope.headers,
                        .deliveries = position->deliveries,
                        .failures = failed.times,
                        .published = position->stored,
                        .lease = lease};
  if (one.id.empty()) one.id = arrived->native_id;
  if (failed.times > 0) one.first_failure = failed.first;
  one.bytes = std::move(arrived);
  out.push_back(std::move(one));
}

void ConsumerSession::return_at_once(const std::string& ack_subject) { link_->send(ack_subject, {}, "-NAK"); }

void ConsumerSession::lose(std::vector<driver::Tag> tags, const std::string& why) {
  if (tags.empty()) return;
  for (const auto tag : tags) hands_.remove(tag);
  sink_.lost(tags, failure(Errc::lost, setup_.place.subject + ": " + why));
  if (!ended()) leave_if_done();
}

}  // namespace ductape::inline v0::nats
