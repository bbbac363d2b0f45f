// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/trunk.h"

#include <algorithm>

#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

std::uint16_t Trunk::join(User& user) {
  std::uint16_t channel = 1;
  for (const auto& [taken, member] : members_) {
    if (taken != channel) break;
    ++channel;
  }
  members_[channel].user = &user;
  if (!link_)
    link_ = std::make_unique<Link>(loop_, *access_, static_cast<Link::Sink&>(*this));
  else if (link_->is_ready())
    open(channel);
  return channel;
}

void Trunk::ready() {
  for (const auto& [channel, member] : members_) open(channel);
}

void Trunk::open(std::uint16_t channel) {
  std::string frames;
  method::open_channel(frames, channel);
  link_->ask(channel, frames, [this, channel](const Result<Reply>& reply) {
    const auto member = members_.find(channel);
    if (!reply || member == members_.end()) return;
    member->second.open = true;
    if (member->second.user != nullptr) member->second.user->ready();
  });
}

void Trunk::leave(std::uint16_t channel, std::function<void()> done) {
  const auto member = members_.find(channel);
  const bool there = member != members_.end() && link_ && link_->is_ready();
  if (!there) {
    if (member != members_.end()) members_.erase(member);
    if (done) loop_.post(std::move(done));
    return;
  }
  member->second.user = nullptr;
  member->second.left = std::move(done);
  link_->drop_answers(channel);
  std::string frames;
  method::close_channel(frames, channel);
  link_->ask(channel, frames, [this, channel](const Result<Reply>&) {
    const auto closed = members_.extract(channel);
    if (closed && closed.mapped().left) closed.mapped().left();
  });
}

void Trunk::shut() {
  members_.clear();
  link_.reset();
}

Trunk::User* Trunk::user_of(std::uint16_t channel) const {
  const auto member = members_.find(channel);
  return member == members_.end() ? nullptr : member->second.user;
}

void Trunk::delivered(std::uint16_t channel, Arrived message) {
  if (auto* user = user_of(channel)) user->delivered(std::move(message));
}

void Trunk::returned(std::uint16_t channel, Arrived message) {
  if (auto* user = user_of(channel)) user->returned(std::move(message));
}

void Trunk::confirmed(std::uint16_t channel, std::uint64_t delivery, bool all_before, bool accepted) {
  if (auto* user = user_of(channel)) user->confirmed(delivery, all_before, accepted);
}

void Trunk::cancelled(std::uint16_t channel) {
  if (auto* user = user_of(channel)) user->cancelled();
}

// Its answers were told; what waited for the server's good-bye has it by that.
void Trunk::channel_closed(std::uint16_t channel, Error why) {
  auto member = members_.extract(channel);
  if (!member) return;
  if (member.mapped().user != nullptr) member.mapped().user->channel_closed(std::move(why));
}

void Trunk::came() {
  std::vector<std::uint16_t> channels;
  for (const auto& [channel, member] : members_) channels.push_back(channel);
  for (const auto channel : channels)
    if (auto* user = user_of(channel)) user->came();
}

bool Trunk::waits() const {
  return std::ranges::any_of(members_, [](const auto& one) {
    return one.second.user != nullptr && (!one.second.open || one.second.user->waits());
  });
}

void Trunk::closed(Error why) {
  link_.reset();
  for (auto& [channel, member] : std::exchange(members_, {})) {
    if (member.user != nullptr) member.user->closed(why);
    if (member.left) member.left();
  }
}

}  // namespace ductape::inline v0::rabbitmq
