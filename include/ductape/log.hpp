// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <ductape/message.hpp>

namespace ductape::inline v0 {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// "trace", ..., "off".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// Something that the library decided or found out. There is none per message, and none has a credential or a body.
struct LogRecord {
  LogLevel level = LogLevel::info;
  std::chrono::system_clock::time_point time = {};
  std::string message = {};
  Headers fields = {};  ///< "event", "group", "env", "broker", "id", ...
};

/// Takes the records of a client, from any of its threads, several at once; must not block.
using LogSink = std::function<void(const LogRecord&)>;

}  // namespace ductape::inline v0
