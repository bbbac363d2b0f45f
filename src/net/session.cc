// SPDX-License-Identifier: Apache-2.0
#include "src/net/session.h"

namespace ductape::inline v0::net {

void Session::post(std::function<void()> task) {
  loop_.post([self = shared_from_this(), task = std::move(task)] {
    if (!self->over_) task();
  });
}

void Session::stop(driver::Deadline deadline) {
  post([this, deadline] {
    if (deadline < stop_at_) {
      stop_at_ = deadline;
      deadline_.at(deadline, [self = shared_from_this()] { self->end({}); });
    }
    if (!std::exchange(leaving_, true)) leave();
  });
}

void Session::abandon() {
  const std::lock_guard told(telling_);
  abandoned_ = true;
}

void Session::end(Error why) {
  if (std::exchange(over_, true)) return;
  const auto self = shared_from_this();
  deadline_.cancel();
  on_end(std::move(why));
}

}  // namespace ductape::inline v0::net
