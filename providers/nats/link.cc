// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/link.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <set>

#include "providers/nats/dial.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis sweep_step{250};

std::string random_inbox() {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, alphabet.size() - 1);
  std::string text = "_INBOX.";
  for (int i = 0; i < 22; ++i) text += alphabet[any(random)];
  return text;
}

Error cancelled() { return failure(Errc::cancelled, "the connection to NATS is closed"); }

Error unknown(const std::string& subject, std::string_view why) {
  return failure(Errc::outcome_unknown, "NATS did not answer to " + subject + ": " + std::string(why));
}

}  // namespace

Link::Link(NatsOptions options, driver::Runtime& runtime)
    : options_(std::move(options)),
      runtime_(runtime),
      loop_(Client::loop_for(options_)),
      inbox_(random_inbox()),
      servers_(servers_text(options_)),
      waits_in_turns_(uses_tls(options_)),
      again_(loop_) {}

Link::~Link() { stop(); }

Link::Token Link::begin_request(Lock&, std::string_view subject, driver::Deadline deadline, bool until_flushed,
                                Answer answer, const Mark& mark) {
  if (stopping_) {
    soon([answer = std::move(answer)] { answer(cancelled()); });
    return 0;
  }
  if (telling_loss_ && mark.of != nullptr) {
    soon([answer = std::move(answer), servers = servers_] {
      answer(failure(Errc::unavailable, "the connection to NATS at " + servers + " was lost just now"));
    });
    return 0;
  }
  if (!last_subject_ || *last_subject_ != subject) last_subject_ = std::make_shared<const std::string>(subject);
  const auto token = ++last_token_;
  pending_.emplace_hint(pending_.end(), token,
                        Pending{.answer = std::move(answer),
                                .subject = last_subject_,
                                .deadline = deadline,
                                .mark = mark,
                                .until_flushed = until_flushed});
  arm_sweep();
  return token;
}

void Link::ask(std::string_view subject, std::string_view body, std::string_view header_lines,
               driver::Deadline deadline, Answer answer, const Mark& mark) {
  bool alone = false;
  {
    Lock lock(mutex_);
    const auto token = begin_request(lock, subject, deadline, false, std::move(answer), mark);
    if (token == 0) return;
    queue_.add(token, subject, reply_subject(token), header_lines, body, mark.reserve);
    alone = pending_.size() == 1;
  }
  if (!mark.more) wake(alone);
}

void Link::ask_last(std::span<const std::string_view> subjects, std::string_view body, driver::Deadline deadline,
                    Answer answer) {
  {
    Lock lock(mutex_);
    const auto token = begin_request(lock, subjects.back(), deadline, false, std::move(answer));
    if (token == 0) return;
    for (const auto subject : subjects.first(subjects.size() - 1)) queue_.add(token, subject, {}, {}, body);
    queue_.add(token, subjects.back(), reply_subject(token), {}, body);
  }
  wake();
}

void Link::deliver(std::string_view subject, std::string_view body, std::string_view header_lines,
                   driver::Deadline deadline, Answer answer, const Mark& mark) {
  bool alone = false;
  {
    Lock lock(mutex_);
    const auto token = begin_request(lock, subject, deadline, true, std::move(answer), mark);
    if (token == 0) return;
    queue_.add(token, subject, {}, header_lines, body, mark.reserve);
    alone = pending_.size() == 1;
  }
  if (!mark.more) wake(alone);
}

// What is queued for it is passed over by `write`.
std::vector<driver::Tag> Link::recall(const void* of, std::span<const driver::Tag> tags) {
  const std::set<driver::Tag> wanted(tags.begin(), tags.end());
  std::vector<driver::Tag> taken;
  Lock lock(mutex_);
  std::erase_if(pending_, [&](const auto& entry) {
    const auto& [token, request] = entry;
    if (request.sent || request.mark.of != of || !wanted.contains(request.mark.tag)) return false;
    taken.push_back(request.mark.tag);
    return true;
  });
  return taken;
}

void Link::send(std::string_view subject, std::string_view reply, std::string_view body) {
  {
    Lock lock(mutex_);
    if (stopping_) return;
    queue_.add(0, subject, reply, {}, body);
  }
  wake();
}

std::string Link::new_inbox() {
  Lock lock(mutex_);
  return inbox_ + "-" + std::to_string(++last_inbox_);
}

void Link::take_failed(const Error& why, Failed& out) {
  for (auto& [token, request] : std::exchange(pending_, {}))
    out.emplace_back(std::move(request.answer), request.sent ? unknown(*request.subject, why.message) : why);
}

void Link::add(const std::shared_ptr<LinkListener>& listener) {
  Lock lock(mutex_);
  listeners_.push_back(listener);
}

void Link::remove(const LinkListener& listener) {
  Lock lock(mutex_);
  std::erase_if(listeners_, [&](const auto& weak) {
    const auto one = weak.lock();
    return !one || one.get() == &listener;
  });
}

std::vector<std::shared_ptr<LinkListener>> Link::listeners() {
  Lock lock(mutex_);
  std::vector<std::shared_ptr<LinkListener>> all;
  for (const auto& weak : listeners_)
    if (auto listener = weak.lock()) all.push_back(std::move(listener));
  return all;
}

void Link::stop() {
  Lock lock(mutex_);
  if (stopping_) return;
  auto patience_ends = runtime_.now();
  for (const auto& [inlet, until] : lingering_) patience_ends = std::max(patience_ends, until);
  lingered_.wait_until(lock, patience_ends, [this] { return lingering_.empty() || !is_connected_; });
  stopping_ = true;
  const auto sweeper = std::exchange(sweeper_, 0);
  lock.unlock();
  if (sweeper != 0) runtime_.cancel(sweeper);
  std::shared_ptr<Client> client;
  in_a_turn([&] {
    client = client_;
    let_go_of_client();
    again_.cancel();
    if (dial_.joinable()) dial_.detach();  // it cannot be told to give up, and is left alone
    inlets_.clear();
    fail_all(cancelled());
  });
  if (client) client->close();
  flusher_.reset();
}

void Link::arm_sweep() {
  if (sweeper_ != 0 || pending_.empty() || stopping_) return;
  sweeper_ = runtime_.at(runtime_.now() + sweep_step, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->sweep();
  });
}

void Link::sweep() {
  Failed failed;
  {
    Lock lock(mutex_);
    sweeper_ = 0;
    const auto now = runtime_.now();
    const auto late = failure(Errc::unavailable, "NATS at " + servers_ + " cannot be reached in time",
                              "look at `servers` and at the server's log");
    for (auto pending = pending_.begin(); pending != pending_.end();) {
      auto& request = pending->second;
      if (request.deadline > now) {
        ++pending;
        continue;
      }
      failed.emplace_back(std::move(request.answer),
                          request.sent ? unknown(*request.subject, "no answer in time") : late);
      pending = pending_.erase(pending);
    }
    arm_sweep();
  }
  if (!failed.empty()) soon([self = shared_from_this(), failed = std::move(failed)] { self->tell(failed); });
}

}  // namespace ductape::inline v0::nats
