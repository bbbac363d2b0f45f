// SPDX-License-Identifier: Apache-2.0
// How much is asked for, who works on it, and when outcomes and renewals go.
#include "src/pipeline/subscription_core.h"

#include <algorithm>

#include "src/pipeline/attempt.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

namespace {

thread_local const SubscriptionCore* handling = nullptr;

class Handling {
 public:
  explicit Handling(const SubscriptionCore* now) : before_(std::exchange(handling, now)) {}
  ~Handling() { handling = before_; }
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

 private:
  const SubscriptionCore* const before_;
};

}  // namespace

bool SubscriptionCore::inside_handler() const { return handling == this; }

void SubscriptionCore::dispatch() {
  if (!plan_.handler) {
    if (!ready_.empty()) changed_.notify_all();
    return;
  }
  if (!next_startable()) return;
  const std::size_t room = plan_.concurrency - std::min<std::size_t>(running_, plan_.concurrency);
  std::size_t wanted =
      std::min({ready_.size(), room, plan_.concurrency - std::min<std::size_t>(workers_, plan_.concurrency)});
  for (; wanted > 0; --wanted) {
    ++workers_;
    runtime_.post([self = shared_from_this()] { self->work(); });
  }
}

void SubscriptionCore::work() {
  Lock lock(mutex_);
  while (running_ < plan_.concurrency && !closing_ && !paused_) {
    Held* const next = take_startable();
    if (!next) break;
    auto attempt = hand_out(*next);
    lock.unlock();
    const auto begin = runtime_.now();
    // A Delivery handler that throws abandons what it did not settle: the Delivery's destructor says so.
    try {
      const Handling inside(this);
      if (may_handle(*attempt)) plan_.handler(delivery_of(std::move(attempt)));
    } catch (...) {
    }
    const auto took = runtime_.now() - begin;
    lock.lock();
    fetch_window_.finished(took);
    update_window();
  }
  --workers_;
  finish_if_done();
  if (closing_) changed_.notify_all();
}

std::size_t SubscriptionCore::window() const {
  if (paused_ || closing_) return 0;
  std::size_t target = plan_.handler
                           ? fetch_window_.messages() + parked_ + std::min<std::size_t>(lanes_.waiting(), 4096)
                           : running_ + demand_;
  // On an ordered topic the later messages of a key wait behind it; more of them would only fill memory.
  if (parked_full() && route().ordered) return 0;
  if (suspect_ || one_by_one_) target = std::min<std::size_t>(target, 1);
  if (plan_.limit != 0) {
    const std::uint64_t left = plan_.limit - std::min(plan_.limit, outcomes_);
    target = static_cast<std::size_t>(std::min<std::uint64_t>(target, left));
  }
  return target;
}

void SubscriptionCore::update_window() {
  const std::size_t target = window();
  for (auto& source : sources_) {
    if (!source->session || source->ended_already || source->stopped || source->leaving) continue;
    // The average moves with each message; the driver need not hear of every step.
    const bool exact = target == 0 || !plan_.handler || plan_.limit != 0 || source->window == 0;
    const bool far = target > source->window + source->window / 4 || target < source->window - source->window / 4;
    if (target == source->window || !(exact || far)) continue;
    source->window = target;
    source->session->credit(target, plan_.max_bytes);
  }
}

// One batch of outcomes under way at a time: while the provider works on it the next gathers, so that batches grow with
// the load and nothing waits without need.
void SubscriptionCore::flush(Source& source) {
  if (source.outcomes.empty() || !source.session || source.ended_already) return;
  // A log answers an ack above a gap only when the gap has closed, and closing it is an outcome too.
  if (source.unanswered > 0 && source.place->route->capabilities.lease != Lease::none) return;
  const auto outcomes = std::exchange(source.outcomes, {});
  source.unanswered += outcomes.size();
  source.session->settle(outcomes);
}

void SubscriptionCore::arm_renewal() {
  if (renewal_ != 0 || plan_.lease.count() == 0) return;
  const auto renewable = [](const auto& source) {
    return !source->held.empty() && source->place->route->capabilities.lease == Lease::renewable;
  };
  if (std::ranges::none_of(sources_, renewable)) return;
  renewal_ = runtime_.at(runtime_.now() + plan_.lease / 2, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->renew_leases();
  });
}

void SubscriptionCore::renew_leases() {
  Lock lock(mutex_);
  renewal_ = 0;
  std::vector<std::pair<std::string, std::uint64_t>> reserved;
  for (auto& source : sources_) {
    if (!source->session || source->ended_already || source->held.empty()) continue;
    std::vector<Tag> tags;
    for (const auto& [tag, held] : source->held) {
      if (held->state != State::settling) tags.push_back(tag);
      if (held->reservation != 0) reserved.emplace_back(held->id, held->reservation);
    }
    if (!tags.empty()) source->session->extend(tags, plan_.lease);
  }
  if (!over_) arm_renewal();
  lock.unlock();
  keep_reserved(reserved);
}

}  // namespace ductape::inline v0::detail
