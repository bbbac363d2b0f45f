// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/subscription_run.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <future>

#include <ductape/units.hpp>

namespace ductape::cli {

using namespace std::chrono_literals;

SubscriptionRun::SubscriptionRun(Client& client, std::string event, SubscribeOptions options, Subscriber& subscriber,
                                 WakeUp& wake_up)
    : thread_([&, event = std::move(event), options = std::move(options), this] {
        auto made = client.subscribe({.event = event}, options,
                                     [&subscriber](Delivery delivery) { subscriber.handle(std::move(delivery)); });
        {
          std::lock_guard lock(mutex_);
          made_ = std::make_shared<Result<Subscription>>(std::move(made));
        }
        wake_up.ring();
        auto ended = *made_ ? (*made_)->wait() : Result<void>();
        {
          std::lock_guard lock(mutex_);
          ended_ = std::move(ended);
        }
        wake_up.ring();
      }) {}

std::shared_ptr<Result<Subscription>> SubscriptionRun::made() {
  std::lock_guard lock(mutex_);
  return made_;
}

std::optional<Result<void>> SubscriptionRun::ended() {
  std::lock_guard lock(mutex_);
  return ended_;
}

void SubscriptionRun::join() {
  if (thread_.joinable()) thread_.join();
}

bool Vigil::until_made(SubscriptionRun& run) {
  while (!run.made())
    if (sleep(Clock::time_point::max())) return false;
  return true;
}

Vigil::Why Vigil::until_over(SubscriptionRun& run, const Subscriber& subscriber, const Limits& limits,
                             const std::function<bool()>& parked) {
  const auto timeout = limits.timeout ? Clock::now() + *limits.timeout : Clock::time_point::max();
  auto ask_again = Clock::time_point::min();
  for (;;) {
    if (run.ended()) return Why::ended;
    if (subscriber.failure()) return Why::broken;
    const auto now = Clock::now();
    if (now >= timeout) return Why::timeout;
    auto idle = limits.idle ? subscriber.last_activity() + *limits.idle : Clock::time_point::max();
    if (now >= idle && now >= ask_again) {
      if (!parked()) return Why::idle;
      ask_again = Clock::now() + 200ms;
    }
    if (sleep(std::min(timeout, std::max(idle, ask_again)))) return Why::signal;
  }
}

// True if a signal came.
bool Vigil::sleep(Clock::time_point until) {
  std::array<pollfd, 2> sources{{{.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
                                 {.fd = wake_up_.descriptor(), .events = POLLIN, .revents = 0}}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const int patience =
      until == Clock::time_point::max() ? -1 : static_cast<int>(std::clamp(left, 0ms, 60'000ms).count());
  poll(sources.data(), sources.size(), patience);
  wake_up_.clear();
  return signals_.came();
}

Result<void> close_in_time(const std::function<Result<void>(std::chrono::milliseconds)>& close,
                           std::chrono::milliseconds deadline, ExecHandler* handlers, const Subscriber& subscriber) {
  if (!handlers) return close(deadline);
  using Clock = std::chrono::steady_clock;
  constexpr auto after_grace = ExecHandler::grace + 1s;
  auto closing = std::async(std::launch::async, close, deadline + after_grace);
  if (closing.wait_for(deadline) == std::future_status::ready) return closing.get();
  handlers->stop();
  for (const auto until = Clock::now() + after_grace; !subscriber.quiet() && Clock::now() < until;)
    std::this_thread::sleep_for(1ms);
  const auto closed = close(0ms);
  (void)closing.get();
  if (handlers->stopped() == 0) return closed;
  return Error{.code = Errc::timed_out,
               .message = std::to_string(handlers->stopped()) + (handlers->stopped() == 1 ? " handler" : " handlers") +
                          " still ran at the close deadline of " + format_duration(deadline) +
                          " and were ended; their messages come again, uncounted",
               .hint = "raise --close-deadline"};
}

}  // namespace ductape::cli
