// SPDX-License-Identifier: Apache-2.0
// What the client library says on its threads.
#include "providers/nats/by_id.h"
#include "providers/nats/errors.h"
#include "providers/nats/link.h"

namespace ductape::inline v0::nats {
namespace {

std::string words_of(natsConnection* native, natsStatus& status) {
  const char* words = nullptr;
  status = natsConnection_GetLastError(native, &words);
  return words == nullptr ? std::string() : words;
}

}  // namespace

// Every subscription that was drained is complete, and each one when the connection closes.
void Link::on_left(void* id) {
  const auto inlet = ById<Inlet>::find(id);
  if (!inlet) return;
  const auto link = inlet->link.lock();
  std::function<void()> left;
  if (link) {
    Lock lock(link->mutex_);
    left = std::exchange(inlet->on_left, {});
    if (std::erase(link->inlets_, inlet) > 0) link->left_.push_back(inlet);
    link->wake_.notify_one();
  }
  ById<Inlet>::remove(id);
  if (left) left();
}

void Link::on_disconnected(natsConnection* native, void* id) {
  const auto link = ById<Link>::find(id);
  if (!link) return;
  auto status = NATS_OK;
  const auto words = words_of(native, status);
  const auto why =
      from_status(status == NATS_OK ? NATS_CONNECTION_DISCONNECTED : status, "NATS at " + link->servers_, words);
  Failed failed;
  {
    Lock lock(link->mutex_);
    if (link->stopping_) return;
    link->state_ = State::reconnecting;
    ++link->losses_;
    // What has not been sent too: it would go out before what is sent again.
    link->take_failed(false, why, failed);
    link->telling_loss_ = true;
  }
  for (auto& [answer, error] : failed) answer(std::move(error));
  {
    Lock lock(link->mutex_);
    link->telling_loss_ = false;
  }
  for (const auto& listener : link->listeners()) listener->disconnected();
}

void Link::on_reconnected(natsConnection* native, void* id) {
  const auto link = ById<Link>::find(id);
  if (!link) return;
  {
    Lock lock(link->mutex_);
    if (link->stopping_ || link->closed_) return;
    if (native == link->native_) link->reconnections_told_ = Reconnections().of(native);
    link->state_ = State::connected;
    link->wake_.notify_one();
  }
  for (const auto& listener : link->listeners()) listener->connected();
}

void Link::on_closed(natsConnection* native, void* id) {
  const auto link = ById<Link>::find(id);
  if (!link) return;
  auto status = NATS_OK;
  const auto words = words_of(native, status);
  Lock lock(link->mutex_);
  if (link->stopping_ || link->native_ != native) return;
  link->closed_ = from_status(status == NATS_OK ? NATS_NO_SERVER : status, "NATS at " + link->servers_, words);
  link->give_up(link->closed_);
  link->wake_.notify_one();
}

// No session is opened again after it.
void Link::give_up(Error& why) {
  if (options_.max_reconnect_attempts < 0 || why.code != Errc::unavailable) return;
  gave_up_ = true;
  why.hint = "`maxReconnectAttempts` allows no more tries: raise it, or look at `servers`";
  why.documented = "SUBSCRIBE_FAILED";
}

void Link::on_error(natsConnection* native, natsSubscription*, natsStatus status, void* id) {
  const auto link = ById<Link>::find(id);
  if (!link || status != NATS_NOT_PERMITTED) return;
  auto last = NATS_OK;
  link->refused(words_of(native, last));
}

}  // namespace ductape::inline v0::nats
