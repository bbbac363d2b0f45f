// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ductape/driver/capabilities.hpp>

namespace ductape::inline v0::testing {

/// What a harness can do to its server and to the connections that its clients have to it, so that the suite sees how
/// they take it. Each call has had its effect when it returns. Calls come from one thread at a time.
class ServerFaults {
 public:
  virtual ~ServerFaults() = default;

  /// What is still there when this server was stopped or killed and runs again.
  [[nodiscard]] virtual driver::Survives survives() const = 0;

  // The server. While it does not run, whoever connects is refused.
  virtual void stop() = 0;    ///< as its administrator does
  virtual void kill() = 0;    ///< as `kill -9` does
  virtual void start() = 0;   ///< at the same place, with what it kept; nothing if it runs
  virtual void freeze() = 0;  ///< it stands still: connections stay, also new ones, and nothing is answered
  virtual void thaw() = 0;    ///< nothing if it does not stand still

  // The connections.
  virtual void cut() = 0;     ///< all are closed; new ones may come at once
  virtual void stall() = 0;   ///< nothing passes, on new ones neither; nothing is lost
  virtual void resume() = 0;  ///< nothing if they are not stalled
  /// As when a firewall forgets those that are there: nothing that either side sends on them arrives any more, nor does
  /// their end. New ones work.
  virtual void half_open() = 0;
  /// How many came since the server was made.
  [[nodiscard]] virtual std::uint64_t connections() const = 0;
};

}  // namespace ductape::inline v0::testing
