// SPDX-License-Identifier: Apache-2.0
// Topics that nobody may make but who looks after the server.
#include <thread>

#include "src/client/client_core.h"
#include "src/client/placing.h"

namespace ductape::inline v0::detail {

std::optional<Error> ClientCore::missing(const pipeline::Route& route, driver::Millis patience) {
  const auto there = await<driver::Topology>(
      route.provider + " said whether it has " + route.event,
      [&](auto answer) { route.connection->driver().provision(route.spec(), {}, false, std::move(answer)); }, patience);
  const auto usable = there ? client::check_topology(*there, route, {}, noticing()) : Result<void>(there.error());
  if (!usable) return usable.error();
  return std::nullopt;
}

std::optional<Error> ClientCore::refuse_missing(const pipeline::Route& route, driver::Millis patience) {
  const auto until = runtime_->now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<driver::Millis>(until - runtime_->now());
    auto why = missing(route, std::max(left, driver::Millis(0)));
    if (!why) {
      route.seen->store(true, std::memory_order_relaxed);
      return std::nullopt;
    }
    if (!is_retryable(why->code)) return why;
    if (runtime_->now() >= until) {
      why->code = Errc::timed_out;  // nothing was handed over
      return why;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace ductape::inline v0::detail
