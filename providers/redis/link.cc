// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/link.h"

#include <ductape/units.hpp>

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {

using Clock = net::EventLoop::Clock;

namespace {

constexpr std::chrono::seconds look_again(1);

}  // namespace

Link::Link(net::EventLoop& loop, const Access& access, Sink& sink) : access_(access), sink_(sink), watch_(loop) {
  stream_.emplace(loop, access.endpoint, access.patience, static_cast<net::StreamSink&>(*this));
}

Link::~Link() { *here_ = false; }

void Link::connected() {
  connected_ = true;
  std::string waiting;
  std::swap(waiting, outgoing_);
  const auto say = [&](const Command& command) {
    command.write_to(outgoing_);
    ++log_in_left_;
  };
  const std::string password(access_.password.reveal());
  if (!access_.username.empty())
    say({"AUTH", access_.username, password});
  else if (!password.empty())
    say({"AUTH", password});
  if (access_.db != 0) say({"SELECT", std::to_string(access_.db)});
  say({"CLIENT", "SETNAME", access_.client_name});
  unanswered_ += log_in_left_;
  heard_ = Clock::now();
  std::string first;
  std::swap(first, outgoing_);
  outgoing_ = std::move(waiting);
  writing_ = !stream_->write(first);
  watch();
}

void Link::send(std::string& bytes, std::size_t commands) {
  if (unanswered_ == 0) heard_ = Clock::now();
  unanswered_ += commands;
  if (outgoing_.empty())
    std::swap(outgoing_, bytes);
  else
    outgoing_ += bytes;
  bytes.clear();
  if (ready_) flush();
}

void Link::flush() {
  if (writing_ || outgoing_.empty() || !stream_) return;
  writing_ = !stream_->write(outgoing_);
}

void Link::written() {
  writing_ = false;
  if (ready_) flush();
}

void Link::received(std::span<const char> bytes) {
  heard_ = Clock::now();
  std::vector<Reply> replies;
  if (!reader_.read(bytes, replies))
    return fail(failure(Errc::unavailable, access_.endpoint.text() + " does not speak the protocol of Redis",
                        "is that the right port?"));
  if (replies.empty()) return;
  unanswered_ -= std::min(unanswered_, replies.size());
  std::span<const Reply> rest = replies;
  const auto here = here_;
  if (log_in_left_ > 0) {
    const auto ours = rest.first(std::min(log_in_left_, rest.size()));
    rest = rest.subspan(ours.size());
    log_in(ours);
    if (!*here || !stream_) return;
  }
  if (!rest.empty()) sink_.replied(rest);
}

void Link::log_in(std::span<const Reply> replies) {
  for (const auto& reply : replies) {
    --log_in_left_;
    const ReplyView answer(reply.get());
    if (!answer.is_error()) continue;
    // A user who may not name itself may still do the work.
    if (log_in_left_ == 0 && answer.text().starts_with("NOPERM")) continue;
    return fail(from_reply(answer.text(), access_.endpoint.text()));
  }
  if (log_in_left_ > 0) return;
  ready_ = true;
  const auto here = here_;
  sink_.ready();
  if (*here) flush();
}

void Link::watch() {
  watch_.at(Clock::now() + look_again, [this] {
    if (unanswered_ > 0 && Clock::now() - heard_ > access_.patience)
      return fail(
          failure(Errc::unavailable,
                  "redis at " + access_.endpoint.text() + " did not answer for " + format_duration(access_.patience),
                  "is that the right host and port, does the server stand still, is something in between?"));
    watch();
  });
}

void Link::fail(Error why) {
  stream_.reset();
  watch_.cancel();
  ready_ = false;
  sink_.closed(std::move(why));
}

void Link::closed(Error why) {
  why.provider = "redis";
  if (connected_ && !ready_ && why.code == Errc::unavailable) {
    why.message = "redis at " + access_.endpoint.text() + " closed the connection before the log-in: " + why.native;
    why.hint = "does it want TLS (`tls: true`)?";
  }
  fail(std::move(why));
}

void Dialogue::ask(const Command& command, Answer answer) {
  std::string bytes;
  command.write_to(bytes);
  ask_written(bytes, std::move(answer));
}

void Dialogue::ask_written(std::string& bytes, Answer answer) {
  answers_.push_back(std::move(answer));
  link_.send(bytes, 1);
}

void Dialogue::replied(std::span<const Reply> replies) {
  const auto here = here_;
  for (const auto& reply : replies) {
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    answer(reply);
    if (!*here) return;
  }
}

}  // namespace ductape::inline v0::redis
