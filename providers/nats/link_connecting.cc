// SPDX-License-Identifier: Apache-2.0
// How the link's connection begins, breaks, begins again, and ends.
#include <random>

#include "providers/nats/dial.h"
#include "providers/nats/errors.h"
#include "providers/nats/link.h"

namespace ductape::inline v0::nats {
namespace {

constexpr int jitter_at_most = 100;

// So that those whom a server lost do not all come at once.
driver::Millis jitter() {
  thread_local std::minstd_rand random(std::random_device{}());
  return driver::Millis(std::uniform_int_distribution(0, jitter_at_most)(random));
}

}  // namespace

// The library blocks while it connects and cannot be told to give up, hence a thread.
void Link::connect() {
  state_ = State::connecting;
  auto to = options_;
  for (const auto& server : announced_) to.servers.push_back(with_log_in_of(options_.servers.front(), server));
  dial_ = std::thread([weak = weak_from_this(), options = std::move(to)] {
    auto made = Client::connect(options);
    if (const auto self = weak.lock()) self->soon([self, made = std::move(made)] { self->dialled(made); });
  });
}

void Link::dialled(Result<std::shared_ptr<Client>> made) {
  {
    const Lock lock(mutex_);
    if (stopping_) {
      if (made) (*made)->let_go();
      return;
    }
  }
  dial_.join();
  made ? connected(std::move(*made)) : not_connected(std::move(made).error());
}

void Link::connected(std::shared_ptr<Client> client) {
  client_ = std::move(client);
  state_ = State::connected;
  is_connected_ = was_connected_ = true;
  gave_up_ = false;
  tries_ = 0;
  last_failure_ = Errc::ok;
  const auto weak = weak_from_this();
  const auto in_turn = [weak](void (Link::*what)()) {
    if (const auto self = weak.lock()) self->turn([&] { (self.get()->*what)(); });
  };
  client_->listen({.readable = [in_turn] { in_turn(&Link::read); },
                   .writable = [in_turn] { in_turn(&Link::go_on); },
                   .wants_to_write =
                       [weak] {
                         if (const auto self = weak.lock()) self->wake();
                       },
                   .answered =
                       [weak](MessagePtr answer) {
                         if (const auto self = weak.lock()) self->arrived(std::move(answer));
                       },
                   .refused =
                       [weak](const std::string& words) {
                         if (const auto self = weak.lock()) self->soon([self, words] { self->refused(words); });
                       }},
                  inbox_ + ".*");
  for (const auto& inlet : inlets_) subscribe(*inlet);
  for (const auto& listener : listeners()) listener->connected();
}

void Link::not_connected(Error why) {
  if (was_connected_) {
    ++tries_;
    // A server that refuses us may be about to learn who we are; one that does so twice will not.
    const bool final = why.code != Errc::unavailable && why.code == last_failure_;
    last_failure_ = why.code;
    return final ? end(std::move(why)) : try_again();
  }
  end(std::move(why));
}

// What was lost must go first over the next connection, so that nothing more goes out before all of it is answered.
void Link::lose() {
  if (!client_) return;
  const auto why = client_->why_over(servers_);
  announced_ = client_->announced();
  let_go_of_client();
  state_ = State::lost;
  Failed failed;
  {
    const Lock lock(mutex_);
    if (stopping_) return;
    // What has not been sent too: it would go out before what is sent again.
    take_failed(why, failed);
    telling_loss_ = true;
  }
  tell(failed);
  {
    const Lock lock(mutex_);
    telling_loss_ = false;
  }
  for (const auto& listener : listeners()) listener->disconnected();
  try_again();
}

void Link::try_again() {
  const auto most = options_.max_reconnect_attempts;
  if (most >= 0 && tries_ >= most) return end(from_status(NATS_NO_SERVER, "NATS at " + servers_));
  state_ = State::lost;
  // Another server than the one that is gone may be there now.
  const bool at_once = tries_ == 0 && options_.servers.size() + announced_.size() > 1;
  const auto pause = at_once ? driver::Millis(0) : options_.reconnect_time_wait + jitter();
  again_.at(net::EventLoop::Clock::now() + pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->turn([&] { self->connect(); });
  });
}

// It is not tried again, but what is asked next connects anew.
void Link::end(Error why) {
  state_ = State::idle;
  was_connected_ = false;
  announced_.clear();
  inlets_.clear();
  give_up(why);
  fail_all(why);
}

void Link::let_go_of_client() {
  state_ = State::idle;
  is_connected_ = false;
  lingered_.notify_all();
  unflushed_.clear();
  for (const auto& inlet : inlets_) inlet->native.reset();
  if (client_) client_->let_go();
  client_.reset();
}

// No session is opened again after it.
void Link::give_up(Error& why) {
  if (options_.max_reconnect_attempts < 0 || why.code != Errc::unavailable) return;
  gave_up_ = true;
  why.hint = "`maxReconnectAttempts` allows no more tries: raise it, or look at `servers`";
  why.documented = "SUBSCRIBE_FAILED";
}

// Nobody will hear of what is left to do, but all who asked must hear why.
void Link::fail_all(const Error& why) {
  Failed failed;
  auto of_one = why;
  of_one.documented = nullptr;  // what is asked next connects anew
  {
    const Lock lock(mutex_);
    take_failed(of_one, failed);
    queue_.clear();
  }
  tell(failed);
  if (why.code != Errc::cancelled)
    for (const auto& listener : listeners()) listener->closed(why);
}

}  // namespace ductape::inline v0::nats
