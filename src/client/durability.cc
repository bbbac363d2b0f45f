// SPDX-License-Identifier: Apache-2.0
// Topics that do not go to a server which forgets.
#include <thread>

#include "src/client/client_core.h"

namespace ductape::inline v0::detail {

std::optional<Error> ClientCore::refuse_forgetful(const pipeline::Route& route, driver::Millis patience) {
  using namespace std::chrono_literals;
  const auto until = runtime_->now() + patience;
  auto& connection = *route.connection;
  while (!connection.survives()) {
    const auto deadline = std::min(until, runtime_->now() + 5s);
    const auto asked = await<bool>(route.provider + " said what it keeps", [&](driver::Done<bool> done) {
      connection.probe(true, deadline, [done = std::move(done)] { done(true); });
    });
    if (connection.survives()) break;
    if (!asked || runtime_->now() >= until)
      return Error{.code = Errc::timed_out,
                   .message = route.provider + " did not say in time what it keeps, and " + route.event +
                              " has `durability: require`",
                   .hint = "see whether the broker can be reached (ductape health)",
                   .provider = route.provider};
    std::this_thread::sleep_for(100ms);
  }
  if (*connection.survives() != driver::Survives::nothing) return std::nullopt;
  return Error{.code = Errc::unsupported,
               .message = "this server of " + route.provider +
                          " keeps nothing of what it confirms beyond its process, and " + route.event +
                          " has `durability: require`",
               .hint = "`ductape doctor` names the server's knob; or give the topic `durability: warn`",
               .provider = route.provider};
}

}  // namespace ductape::inline v0::detail
