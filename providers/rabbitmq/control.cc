// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/control.h"

#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

void Control::ask(std::string frame, Answer answer) {
  loop_.post([self = shared_from_this(), frame = std::move(frame), answer = std::move(answer)]() mutable {
    if (self->closed_) return answer(failure(Errc::cancelled, "the connection is closed"));
    self->asked_.push_back({std::move(frame), std::move(answer)});
    if (!self->link_)
      self->link_ = std::make_unique<Link>(self->loop_, *self->access_, static_cast<Link::Sink&>(*self));
    self->go_on();
  });
}

void Control::ready() { go_on(); }

// What is asked from inside an answer comes by the loop, so that nothing here is called again from below.
void Control::go_on() {
  if (busy_ || asked_.empty() || !link_ || !link_->is_ready()) return;
  busy_ = true;
  std::string frames;
  if (!open_) {
    open_ = true;
    method::open_channel(frames, channel);
    link_->ask(channel, frames, [](const Result<Reply>&) {});
  }
  frames = std::move(asked_.front().frame);
  link_->ask(channel, frames, [this](Result<Reply> reply) {
    busy_ = false;
    auto asked = std::move(asked_.front());
    asked_.pop_front();
    asked.answer(std::move(reply));
  });
}

void Control::fail_all(const Error& why) {
  link_.reset();
  open_ = busy_ = false;
  for (auto& asked : std::exchange(asked_, {})) asked.answer(why);
}

void Control::close() {
  const auto shut = [self = shared_from_this()] {
    self->closed_ = true;
    self->fail_all(failure(Errc::cancelled, "the connection is closed"));
  };
  if (loop_.is_here()) return shut();
  loop_.post(shut);
  loop_.flush();
}

}  // namespace ductape::inline v0::rabbitmq
