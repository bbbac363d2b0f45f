// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/link.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <set>

#include "providers/nats/by_id.h"
#include "providers/nats/dial.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr std::int64_t flush_timeout = 1'000;
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
    : options_(std::move(options)), runtime_(runtime), inbox_(random_inbox()), servers_(servers_text(options_)) {}

Link::~Link() { stop(); }

Link::Token Link::begin_request(Lock&, std::string_view subject, driver::Deadline deadline, bool until_flushed,
                                Answer answer, const Mark& mark) {
  if (stopping_) {
    runtime_.post([answer = std::move(answer)] { answer(cancelled()); });
    return 0;
  }
  if (telling_loss_ && mark.of != nullptr) {
    runtime_.post([answer = std::move(answer), servers = servers_] {
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
  Lock lock(mutex_);
  const auto token = begin_request(lock, subject, deadline, false, std::move(answer), mark);
  if (token == 0) return;
  queue_.add(token, subject, reply_subject(token), header_lines, body, mark.reserve);
  wake_up(lock);
}

void Link::ask_last(std::span<const std::string_view> subjects, std::string_view body, driver::Deadline deadline,
                    Answer answer) {
  Lock lock(mutex_);
  const auto token = begin_request(lock, subjects.back(), deadline, false, std::move(answer));
  if (token == 0) return;
  for (const auto subject : subjects.first(subjects.size() - 1)) queue_.add(token, subject, {}, {}, body);
  queue_.add(token, subjects.back(), reply_subject(token), {}, body);
  wake_up(lock);
}

void Link::deliver(std::string_view subject, std::string_view body, std::string_view header_lines,
                   driver::Deadline deadline, Answer answer, const Mark& mark) {
  Lock lock(mutex_);
  const auto token = begin_request(lock, subject, deadline, true, std::move(answer), mark);
  if (token == 0) return;
  queue_.add(token, subject, {}, header_lines, body, mark.reserve);
  wake_up(lock);
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
  Lock lock(mutex_);
  if (stopping_) return;
  queue_.add(0, subject, reply, {}, body);
  wake_up(lock);
}

void Link::enqueue(Lock& lock, std::function<void()> task) {
  if (stopping_) return;
  queue_.add(std::move(task));
  wake_up(lock);
}

void Link::wake_up(Lock&) {
  if (thread_.joinable()) return wake_.notify_one();
  id_ = ById<Link>::add(shared_from_this());
  thread_ = std::thread([this] { run(); });
}

std::string Link::new_inbox() {
  Lock lock(mutex_);
  return inbox_ + "-" + std::to_string(++last_inbox_);
}

void Link::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    if (closed_) {
      const auto why = std::exchange(closed_, {});
      close(lock);
      fail_all(lock, why);
    } else if (!left_.empty()) {
      const auto left = std::exchange(left_, {});
      lock.unlock();
      for (const auto& inlet : left) natsSubscription_Destroy(std::exchange(inlet->native, nullptr));
      lock.lock();
    } else if (queue_.empty() || state_ == State::reconnecting) {
      wake_.wait(lock);
    } else if (state_ == State::idle) {
      connect(lock);
    } else {
      write(lock);
    }
  }
  close(lock);
}

void Link::write(Lock& lock) {
  const auto losses = losses_.load();
  std::swap(writing_, queue_);
  for (auto& entry : writing_.entries()) {
    if (entry.token == 0) continue;
    const auto found = pending_.find(entry.token);
    entry.dropped = found == pending_.end();  // its time is over: it is answered, and must not go out any more
    if (entry.dropped) continue;
    found->second.sent = true;
    if (found->second.until_flushed) unflushed_.push_back(entry.token);
  }
  lock.unlock();
  std::vector<std::pair<Token, Error>> refused;
  const auto max_payload = static_cast<std::size_t>(natsConnection_GetMaxPayload(native_));
  bool lost = false;
  for (const auto& entry : writing_.entries()) {
    if (entry.dropped) continue;
    if (entry.run) {
      entry.run();
      continue;
    }
    // What was lost must go first over the next connection, so that nothing more goes out before all of it is answered,
    // which is when the library tells of the loss. It would keep what it gets now and send that first.
    lost = lost || losses_ != losses || natsConnection_Status(native_) != NATS_CONN_STATUS_CONNECTED ||
           reconnections_.of(native_) != reconnections_told_;
    if (lost) continue;
    // The server says what it takes; nothing of what is over that goes out.
    if (const auto most = max_payload - std::min(entry.reserve, max_payload / 4); entry.size > most) {
      if (entry.token != 0)
        refused.emplace_back(entry.token, too_large(writing_.subject(entry), entry.size, most, max_payload));
      continue;
    }
    const auto message = writing_.message(entry);
    const auto status = message ? natsConnection_PublishMsg(native_, message.get()) : NATS_NO_MEMORY;
    lost = status == NATS_CONNECTION_DISCONNECTED || status == NATS_CONNECTION_CLOSED || status == NATS_IO_ERROR;
    if (status != NATS_OK && !lost && entry.token != 0)
      refused.emplace_back(entry.token, from_status(status, writing_.subject(entry)));
  }
  writing_.clear();
  lock.lock();
  if (lost && losses_ == losses) state_ = State::reconnecting;
  for (auto& [token, why] : refused) answer(lock, token, std::move(why));
  if (queue_.empty() && !lost) flush(lock);
}

// Else the library's own thread would, up to a millisecond later.
void Link::flush(Lock& lock) {
  lock.unlock();
  const bool flushed = natsConnection_FlushTimeout(native_, flush_timeout) == NATS_OK;
  lock.lock();
  if (!flushed) return;
  std::vector<Answer> told;
  for (const auto token : std::exchange(unflushed_, {})) {
    const auto found = pending_.find(token);
    if (found == pending_.end()) continue;
    told.push_back(std::move(found->second.answer));
    pending_.erase(found);
  }
  if (told.empty()) return;
  lock.unlock();
  for (const auto& each : told) each(MessagePtr());
  lock.lock();
}

void Link::answer(Lock& lock, Token token, Result<MessagePtr> result) {
  const auto found = pending_.find(token);
  if (found == pending_.end()) return;
  auto told = std::move(found->second.answer);
  pending_.erase(found);
  lock.unlock();
  told(std::move(result));
  lock.lock();
}

// Nobody will hear of what is left to do, but all who asked must hear why.
void Link::fail_all(Lock& lock, const Error& why) {
  Failed failed;
  auto of_one = why;
  of_one.documented = nullptr;  // what is asked next connects anew
  take_failed(false, of_one, failed);
  auto dropped = std::exchange(queue_, {});
  lock.unlock();
  for (auto& [answer, error] : failed) answer(std::move(error));
  for (const auto& entry : dropped.entries())
    if (entry.run) entry.run();  // without a connection it only tells so
  if (why.code != Errc::cancelled)
    for (const auto& listener : listeners()) listener->closed(why);
  lock.lock();
}

void Link::take_failed(bool only_sent, const Error& why, Failed& out) {
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    auto& [token, request] = *pending;
    if (only_sent && !request.sent) {
      ++pending;
      continue;
    }
    out.emplace_back(std::move(request.answer), request.sent ? unknown(*request.subject, why.message) : why);
    pending = pending_.erase(pending);
  }
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
  lingered_.wait_until(lock, patience_ends, [this] { return lingering_.empty() || state_ != State::connected; });
  stopping_ = true;
  wake_.notify_one();
  const auto sweeper = std::exchange(sweeper_, 0);
  auto thread = std::move(thread_);
  lock.unlock();
  if (sweeper != 0) runtime_.cancel(sweeper);
  if (thread.joinable()) thread.join();
  if (id_ != nullptr) ById<Link>::remove(id_);
  lock.lock();
  fail_all(lock, cancelled());
}

void Link::answered(MessagePtr message) {
  const std::string_view subject = natsMsg_GetSubject(message.get());
  Token token = 0;
  const auto digits = subject.substr(subject.rfind('.') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), token);
  Answer answer;
  {
    Lock lock(mutex_);
    const auto found = pending_.find(token);
    if (found == pending_.end()) return;
    answer = std::move(found->second.answer);
    pending_.erase(found);
  }
  answer(std::move(message));
}

// The server says only in words which subject a client may not use: 'Permissions Violation for Publish to "..."'.
void Link::refused(const std::string& words) {
  const auto first = words.find('"'), last = words.rfind('"');
  if (first == last) return;
  const auto subject = words.substr(first + 1, last - first - 1);
  auto why = from_status(NATS_NOT_PERMITTED, subject, words);
  Failed failed;
  {
    Lock lock(mutex_);
    for (auto pending = pending_.begin(); pending != pending_.end();) {
      if (*pending->second.subject == subject) {
        failed.emplace_back(std::move(pending->second.answer), why);
        pending = pending_.erase(pending);
      } else {
        ++pending;
      }
    }
  }
  for (auto& [answer, error] : failed) answer(std::move(error));
  if (failed.empty())
    for (const auto& listener : listeners()) listener->closed(why);
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
  for (auto& [answer, error] : failed) answer(std::move(error));
}

void Link::on_message(natsConnection*, natsSubscription*, natsMsg* message, void* id) {
  MessagePtr owned(message);
  if (const auto inlet = ById<Inlet>::find(id)) inlet->on_message(std::move(owned));
}

void Link::on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* id) {
  MessagePtr owned(message);
  if (const auto link = ById<Link>::find(id)) link->answered(std::move(owned));
}

}  // namespace ductape::inline v0::nats
