// SPDX-License-Identifier: Apache-2.0
// How the link's connection begins and ends.
#include "providers/nats/by_id.h"
#include "providers/nats/dial.h"
#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

// The library blocks while it connects and cannot be told to give up, which must not keep `stop` waiting: so it does
// that on a thread that is left alone if the link stopped meanwhile; then there is nothing to return. Otherwise it is
// waited for: a thread that has used OpenSSL must not be ending while the process does.
std::optional<Result<natsConnection*>> Link::dial_and_wait(Lock& lock) {
  lock.unlock();
  auto native = library_options(options_);
  if (!native) {
    lock.lock();
    return native.error();
  }
  natsOptions_SetDisconnectedCB(native->get(), on_disconnected, id_);
  natsOptions_SetReconnectedCB(native->get(), on_reconnected, id_);
  natsOptions_SetClosedCB(native->get(), on_closed, id_);
  natsOptions_SetErrorHandler(native->get(), on_error, id_);
  const auto dialling = std::make_shared<Dialling>();
  std::thread thread([dialling, options = options_, native = std::move(*native), weak = weak_from_this()]() mutable {
    auto made = dial(options, *native);
    if (made) keep_certificates(options, std::move(native));
    native.reset();
    if (const auto self = weak.lock()) {
      const Lock inner(self->mutex_);
      if (!self->stopping_) {
        dialling->made = std::move(made);
        return self->wake_.notify_all();
      }
    }
    if (made) natsConnection_Destroy(*made);
  });
  lock.lock();
  wake_.wait(lock, [&] { return dialling->made || stopping_; });
  if (!dialling->made) {
    thread.detach();
    return std::nullopt;
  }
  lock.unlock();
  thread.join();
  lock.lock();
  return std::move(dialling->made);
}

void Link::connect(Lock& lock) {
  state_ = State::connecting;
  auto dialled = dial_and_wait(lock);
  if (!dialled) return;
  auto made = std::move(*dialled);
  lock.unlock();
  natsSubscription* answers = nullptr;
  if (made) {
    const auto status = natsConnection_Subscribe(&answers, *made, (inbox_ + ".*").c_str(), on_answer, id_);
    if (status == NATS_OK) natsSubscription_SetPendingLimits(answers, -1, -1);
  }
  lock.lock();
  if (!made) {
    state_ = State::idle;
    auto why = made.error();
    give_up(why);
    return fail_all(lock, why);
  }
  gave_up_ = false;
  native_ = *made;
  reconnections_told_ = reconnections_.of(native_);
  answers_ = answers;
  if (state_ == State::connecting) state_ = State::connected;
  lock.unlock();
  for (const auto& listener : listeners()) listener->connected();
  lock.lock();
}

void Link::close(Lock& lock) {
  const auto inlets = std::exchange(inlets_, {});
  const auto left = std::exchange(left_, {});
  auto* native = std::exchange(native_, nullptr);
  auto* answers = std::exchange(answers_, nullptr);
  state_ = State::idle;
  lock.unlock();
  if (native != nullptr) natsConnection_Close(native);
  for (const auto* some : {&inlets, &left})
    for (const auto& inlet : *some) {
      ById<Inlet>::remove(inlet->id);
      natsSubscription_Destroy(std::exchange(inlet->native, nullptr));
    }
  natsSubscription_Destroy(answers);
  natsConnection_Destroy(native);
  lock.lock();
  std::vector<std::function<void()>> told;  // a library thread may be telling some of them just now
  for (const auto& inlet : inlets)
    if (inlet->on_left) told.push_back(std::exchange(inlet->on_left, {}));
  lock.unlock();
  for (const auto& tell : told) tell();
  lock.lock();
}

}  // namespace ductape::inline v0::nats
