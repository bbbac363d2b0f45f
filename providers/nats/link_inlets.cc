// SPDX-License-Identifier: Apache-2.0
// The link's subscriptions.
#include <algorithm>

#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

std::shared_ptr<Inlet> Link::listen(std::string subject, Inlet::OnMessages on_messages) {
  auto inlet = std::make_shared<Inlet>();
  inlet->subject = std::move(subject);
  inlet->on_messages = std::move(on_messages);
  soon([self = shared_from_this(), inlet] {
    self->inlets_.push_back(inlet);
    if (self->client_) self->subscribe(*inlet);
  });
  return inlet;
}

void Link::subscribe(Inlet& inlet) { inlet.native = client_->subscribe(inlet.subject); }

void Link::leave(const std::shared_ptr<Inlet>& inlet, std::function<void()> left) {
  soon([self = shared_from_this(), inlet, left = std::move(left)] {
    {
      const Lock lock(self->mutex_);
      self->lingering_.erase(inlet);
    }
    self->lingered_.notify_all();
    inlet->native.reset();
    std::erase(self->inlets_, inlet);
    left();
  });
}

void Link::linger(const std::shared_ptr<Inlet>& inlet, driver::Deadline when) {
  {
    const Lock lock(mutex_);
    lingering_[inlet] = when;
  }
  runtime_.at(when, [weak = weak_from_this(), inlet] {
    if (const auto self = weak.lock()) self->leave(inlet, [] {});
  });
}

}  // namespace ductape::inline v0::nats
