// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/control.h"

#include <algorithm>

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::size_t most_lanes = 8;

}  // namespace

void Control::ask(std::string frame, Answer answer) {
  loop_.post([self = shared_from_this(), frame = std::move(frame), answer = std::move(answer)]() mutable {
    if (self->closed_) return answer(failure(Errc::cancelled, "the connection is closed"));
    self->waiting_.push_back({std::move(frame), std::move(answer)});
    self->go_on();
  });
}

void Control::go_on() {
  while (!waiting_.empty() && !closed_) {
    auto lane = std::ranges::find_if(lanes_, [](const auto& one) { return one->is_free(); });
    if (lane == lanes_.end()) {
      if (lanes_.size() == most_lanes) return;
      lanes_.push_back(std::make_unique<Lane>(*this, *trunk_));
      lane = lanes_.end() - 1;
    }
    auto asked = std::move(waiting_.front());
    waiting_.pop_front();
    (*lane)->take(std::move(asked));
  }
}

void Control::close() {
  const auto shut = [self = shared_from_this()] {
    self->closed_ = true;
    for (const auto& lane : self->lanes_) lane->leave();
    const auto why = failure(Errc::cancelled, "the connection is closed");
    for (auto& asked : std::exchange(self->waiting_, {})) asked.answer(why);
  };
  if (loop_.is_here()) return shut();
  loop_.post(shut);
  loop_.flush();
}

void Control::Lane::take(Asked asked) {
  asked_ = std::move(asked);
  if (mine_ == 0) mine_ = trunk_.join(*this);
  if (open_) send();
}

void Control::Lane::ready() {
  open_ = true;
  if (asked_) send();
}

void Control::Lane::send() {
  auto frame = asked_->frame;
  frame[1] = static_cast<char>(mine_ >> 8);
  frame[2] = static_cast<char>(mine_);
  trunk_.ask(mine_, frame, [this](Result<Reply> reply) {
    // Why there is none is told with the channel's end.
    if (reply) answer(std::move(reply));
  });
}

void Control::Lane::answer(Result<Reply> reply) {
  if (!asked_) return;
  const auto control = control_.shared_from_this();
  const auto asked = std::move(*asked_);
  asked_.reset();
  asked.answer(std::move(reply));
  control->go_on();
}

void Control::Lane::closed(Error why) {
  mine_ = 0;
  open_ = false;
  answer(std::move(why));
}

void Control::Lane::leave() {
  if (mine_ != 0) trunk_.leave(std::exchange(mine_, 0));
  open_ = false;
  answer(failure(Errc::cancelled, "the connection is closed"));
}

}  // namespace ductape::inline v0::rabbitmq
