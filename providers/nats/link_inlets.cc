// SPDX-License-Identifier: Apache-2.0
// The link's subscriptions. Its thread alone touches the library's; one is never destroyed while messages for it may be
// on their way, which libnats 3.4 does not survive: it is drained first.
#include <algorithm>

#include "providers/nats/by_id.h"
#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

std::shared_ptr<Inlet> Link::listen(std::string subject, std::string queue,
                                    std::function<void(MessagePtr)> on_message) {
  auto inlet = std::make_shared<Inlet>();
  inlet->link = weak_from_this();
  inlet->subject = std::move(subject);
  inlet->on_message = std::move(on_message);
  Lock lock(mutex_);
  enqueue(lock, [this, inlet, queue = std::move(queue)] { subscribe(inlet, queue); });
  return inlet;
}

void Link::subscribe(const std::shared_ptr<Inlet>& inlet, const std::string& queue) {
  if (native_ == nullptr) return;
  inlet->id = ById<Inlet>::add(inlet);
  const auto status =
      queue.empty() ? natsConnection_Subscribe(&inlet->native, native_, inlet->subject.c_str(), on_message, inlet->id)
                    : natsConnection_QueueSubscribe(&inlet->native, native_, inlet->subject.c_str(), queue.c_str(),
                                                    on_message, inlet->id);
  if (status != NATS_OK) return ById<Inlet>::remove(inlet->id);  // the connection was closed, which is told
  natsSubscription_SetPendingLimits(inlet->native, -1, -1);
  natsSubscription_SetOnCompleteCB(inlet->native, on_left, inlet->id);
  Lock lock(mutex_);
  inlets_.push_back(inlet);
}

void Link::leave(const std::shared_ptr<Inlet>& inlet, std::function<void()> left) {
  {
    Lock lock(mutex_);
    if (!stopping_ && state_ != State::idle)
      return enqueue(lock, [this, inlet, left = std::move(left)] {
        bool there = false;
        {
          Lock inner(mutex_);
          lingers_no_more(inner, inlet);
          there = native_ != nullptr && std::ranges::count(inlets_, inlet) > 0;
          if (there) inlet->on_left = left;
        }
        if (!there || natsSubscription_Drain(inlet->native) != NATS_OK) left();
      });
    lingers_no_more(lock, inlet);
  }
  left();
}

void Link::linger(const std::shared_ptr<Inlet>& inlet, driver::Deadline when) {
  {
    Lock lock(mutex_);
    lingering_[inlet] = when;
  }
  runtime_.at(when, [weak = weak_from_this(), inlet] {
    if (const auto self = weak.lock()) self->leave(inlet, [] {});
  });
}

void Link::lingers_no_more(Lock&, const std::shared_ptr<Inlet>& inlet) {
  lingering_.erase(inlet);
  lingered_.notify_all();
}

}  // namespace ductape::inline v0::nats
