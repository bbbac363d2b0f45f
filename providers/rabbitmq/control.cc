// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/control.h"

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {

void Control::ask(std::string frame, Answer answer) {
  loop_.post([self = shared_from_this(), frame = std::move(frame), answer = std::move(answer)]() mutable {
    if (self->closed_) return answer(failure(Errc::cancelled, "the connection is closed"));
    self->asked_.push_back({std::move(frame), std::move(answer)});
    self->go_on();
  });
}

void Control::ready() {
  open_ = true;
  go_on();
}

void Control::go_on() {
  if (busy_ || asked_.empty()) return;
  if (mine_ == 0) mine_ = trunk_->join(*this);
  if (!open_) return;
  busy_ = true;
  auto frame = asked_.front().frame;
  frame[1] = static_cast<char>(mine_ >> 8);
  frame[2] = static_cast<char>(mine_);
  trunk_->ask(mine_, frame, [this](Result<Reply> reply) {
    const auto self = shared_from_this();
    busy_ = false;
    auto asked = std::move(asked_.front());
    asked_.pop_front();
    // The next one goes when it is known whether the channel is still there.
    loop_.post([self] { self->go_on(); });
    asked.answer(std::move(reply));
  });
}

void Control::channel_closed(Error) {
  mine_ = 0;
  open_ = false;
}

void Control::closed(Error why) {
  mine_ = 0;
  open_ = busy_ = false;
  fail_all(why);
}

void Control::fail_all(const Error& why) {
  for (auto& asked : std::exchange(asked_, {})) asked.answer(why);
}

void Control::close() {
  const auto shut = [self = shared_from_this()] {
    self->closed_ = true;
    if (self->mine_ != 0) self->trunk_->leave(std::exchange(self->mine_, 0));
    self->fail_all(failure(Errc::cancelled, "the connection is closed"));
  };
  if (loop_.is_here()) return shut();
  loop_.post(shut);
  loop_.flush();
}

}  // namespace ductape::inline v0::rabbitmq
