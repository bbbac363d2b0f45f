// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "apps/ductape/console.h"
#include "apps/ductape/handler_process.h"
#include "apps/ductape/last_words.h"
#include "apps/ductape/subscriber.h"
#include "apps/ductape/wake_up.h"

namespace ductape::cli {

/// `--exec`: one process for each delivery, whose end is the delivery's outcome. Thread-safe.
class ExecHandler {
 public:
  /// Between asking a handler to end and killing it.
  static constexpr std::chrono::seconds grace{2};

  ExecHandler(Console& console, std::string command, std::optional<std::chrono::milliseconds> timeout)
      : console_(console), command_(std::move(command)), timeout_(timeout) {}

  /// Blocks until the process has ended: exit status 0 is `ack`, 65 `dead_letter`, all else `retry`.
  Outcome run(const Context& context);

  /// Ends all that run, and what would still begin, within the grace; their deliveries are kept.
  void stop() noexcept;
  /// How many were ended by `stop`.
  [[nodiscard]] std::uint64_t stopped() const noexcept { return stopped_; }

 private:
  enum class Cut : std::uint8_t { none, timeout, stop };
  Cut wait(HandlerProcess& process, LastWords& words, std::chrono::steady_clock::time_point deadline);

  Console& console_;
  const std::string command_;
  const std::optional<std::chrono::milliseconds> timeout_;
  WakeUp stopping_;  // rings once and is never cleared
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> stopped_ = 0;
};

/// Ours, and what the message adds: `DUCTAPE_ID _KEY _EVENT _GROUP _ATTEMPT _DELIVERIES`, where what there is not
/// is empty, and `TRACEPARENT` and `TRACESTATE` if it has a trace.
[[nodiscard]] std::vector<std::string> handler_environment(const Context& context, const char* const* ours);

/// What a process's end means; `said` is the last line of its standard error.
[[nodiscard]] Outcome outcome_of(const ProcessEnd& end, const std::string& said);

}  // namespace ductape::cli
