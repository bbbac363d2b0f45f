// SPDX-License-Identifier: Apache-2.0
// What the link does in its turns: it writes what is asked, and gives the answers.
#include <algorithm>
#include <charconv>

#include "providers/nats/errors.h"
#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

void Link::soon(std::function<void()> task) {
  if (loop_.is_here() && in_turn_) return soon_.push_back(std::move(task));
  in_another_turn(std::move(task));
}

void Link::in_another_turn(std::function<void()> task) {
  loop_.post([self = shared_from_this(), task = std::move(task)] { self->turn(task); });
}

void Link::turn(const std::function<void()>& task) {
  in_turn_ = true;
  task();
  for (;;) {
    for (auto& one : std::exchange(soon_, {})) one();
    go_on();
    if (soon_.empty()) break;
  }
  in_turn_ = false;
}

void Link::in_a_turn(const std::function<void()>& task) {
  if (loop_.is_here()) return task();
  loop_.post(task);
  loop_.flush();
}

// Who asks while nothing else is under way writes it at once, which tells nobody anything; else more gathers.
void Link::wake(bool at_once) {
  if (loop_.is_here() && in_turn_) return;
  if (woken_.exchange(true)) return;
  const auto write = [self = shared_from_this()] {
    self->woken_ = false;
    self->turn([] {});
  };
  if (at_once && !waits_in_turns_ && !loop_.is_here() && loop_.try_run(write)) return;
  loop_.post(write);
}

// In a call of `ask`, perhaps: what must be told is told in another turn.
void Link::go_on() {
  if (state_ == State::connected) {
    if (client_->may_write()) write();
    return;
  }
  if (state_ != State::idle) return;
  {
    const Lock lock(mutex_);
    if (queue_.empty() || stopping_) return;
  }
  connect();
}

void Link::write() {
  std::vector<std::pair<Token, Error>> refused;
  write(refused);
  if (!client_->write()) {
    state_ = State::lost;  // nothing more goes out until it was told
    in_another_turn([self = shared_from_this()] { self->lose(); });
  } else if (!unflushed_.empty()) {
    if (!flusher_)
      flusher_ = std::make_unique<Flusher>([weak = weak_from_this()](std::vector<Token> tokens) {
        if (const auto self = weak.lock()) self->soon([self, tokens] { self->flushed(tokens); });
      });
    flusher_->await(client_, std::exchange(unflushed_, {}));
  }
  if (!refused.empty()) refuse(std::move(refused));
}

void Link::write(std::vector<std::pair<Token, Error>>& refused) {
  {
    const Lock lock(mutex_);
    if (queue_.empty() || stopping_) return;
    std::swap(writing_, queue_);
    for (auto& entry : writing_.entries()) {
      if (entry.token == 0) continue;
      const auto found = pending_.find(entry.token);
      entry.dropped = found == pending_.end();  // its time is over: it is answered, and must not go out any more
      if (entry.dropped) continue;
      found->second.sent = true;
      if (found->second.until_flushed) unflushed_.push_back(entry.token);
    }
  }
  const auto max_payload = client_->max_payload();
  for (const auto& entry : writing_.entries()) {
    if (entry.dropped) continue;
    // The server says what it takes; nothing of what is over that goes out.
    if (const auto most = max_payload - std::min(entry.reserve, max_payload / 4); entry.size > most) {
      if (entry.token != 0)
        refused.emplace_back(entry.token, too_large(writing_.subject(entry), entry.size, most, max_payload));
      continue;
    }
    const auto message = writing_.message(entry);
    const auto status = message ? client_->publish(*message) : NATS_NO_MEMORY;
    if (status != NATS_OK && status != NATS_CONNECTION_CLOSED && entry.token != 0)
      refused.emplace_back(entry.token, from_status(status, writing_.subject(entry)));
  }
  writing_.clear();
}

void Link::refuse(std::vector<std::pair<Token, Error>> refused) {
  in_another_turn([self = shared_from_this(), refused = std::move(refused)] {
    for (const auto& [token, why] : refused)
      if (const auto answer = self->take_answer(token)) answer(why);
  });
}

void Link::flushed(std::vector<Token> tokens) {
  for (const auto token : tokens)
    if (const auto answer = take_answer(token)) answer(MessagePtr());
}

void Link::read() {
  const bool goes_on = client_->read();
  std::vector<MessagePtr> messages;
  // One may listen or leave while it is told.
  for (const auto& inlet : std::vector(inlets_)) {
    messages.clear();
    if (inlet->native) Client::take(*inlet->native, messages);
    if (!messages.empty()) inlet->on_messages(std::move(messages));
  }
  if (!goes_on) lose();
}

Link::Answer Link::take_answer(Token token) {
  const Lock lock(mutex_);
  const auto found = pending_.find(token);
  if (found == pending_.end()) return {};
  auto answer = std::move(found->second.answer);
  pending_.erase(found);
  return answer;
}

void Link::arrived(MessagePtr answer) {
  bool first = false;
  {
    const Lock lock(mutex_);
    first = arrivals_.empty();
    arrivals_.push_back(std::move(answer));
  }
  if (first) soon([self = shared_from_this()] { self->answered(); });
}

void Link::answered() {
  std::vector<MessagePtr> arrivals;
  {
    const Lock lock(mutex_);
    arrivals.swap(arrivals_);
  }
  for (auto& message : arrivals) {
    const std::string_view subject = natsMsg_GetSubject(message.get());
    Token token = 0;
    const auto digits = subject.substr(subject.rfind('.') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), token);
    if (const auto answer = take_answer(token)) answer(std::move(message));
  }
}

// The server says only in words which subject a client may not use: 'Permissions Violation for Publish to "..."'.
void Link::refused(const std::string& words) {
  const auto first = words.find('"'), last = words.rfind('"');
  if (first == last) return;
  const auto subject = words.substr(first + 1, last - first - 1);
  const auto why = from_status(NATS_NOT_PERMITTED, subject, words);
  Failed failed;
  {
    const Lock lock(mutex_);
    std::erase_if(pending_, [&](auto& entry) {
      if (*entry.second.subject != subject) return false;
      failed.emplace_back(std::move(entry.second.answer), why);
      return true;
    });
  }
  if (failed.empty())
    for (const auto& listener : listeners()) listener->closed(why);
  tell(failed);
}

void Link::tell(const Failed& failed) {
  for (const auto& [answer, error] : failed) answer(error);
}

}  // namespace ductape::inline v0::nats
