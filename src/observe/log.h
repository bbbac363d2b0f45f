// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/log.hpp>
#include <ductape/notice.hpp>

namespace ductape::inline v0::observe {

/// Where a client's records go: to its owner's sink, else to standard error. Immutable, thread-safe.
class Log {
 public:
  /// `least`: records below it are dropped. An empty sink is standard error.
  Log(LogLevel least, LogSink sink);

  [[nodiscard]] bool wants(LogLevel level) const noexcept { return level >= least_ && least_ != LogLevel::off; }
  void write(LogLevel level, std::string message, Headers fields = {}) const;
  void write(const Notice& notice) const;

 private:
  const LogLevel least_;
  const LogSink sink_;
};

/// How much a notice matters.
[[nodiscard]] LogLevel level_of(Notice::Kind kind) noexcept;

}  // namespace ductape::inline v0::observe
