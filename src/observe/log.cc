// SPDX-License-Identifier: Apache-2.0
#include "src/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>

namespace ductape::inline v0 {

std::string_view to_string(LogLevel level) noexcept {
  constexpr std::array<std::string_view, 6> names{"trace", "debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(level)];
}

namespace observe {
namespace {

std::string line_of(const LogRecord& record) {
  std::string line = record.message;
  for (const auto& [name, value] : record.fields) line.append(" ").append(name).append("=").append(value);
  return line;
}

// One for the process: clients write whole lines side by side.
spdlog::logger& standard_error() {
  static spdlog::logger logger = [] {
    spdlog::logger made("ductape", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_level(spdlog::level::trace);
    made.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %n: %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return logger;
}

void to_standard_error(const LogRecord& record) {
  constexpr std::array levels{spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                              spdlog::level::warn,  spdlog::level::err,   spdlog::level::off};
  standard_error().log(record.time, spdlog::source_loc{}, levels[static_cast<std::size_t>(record.level)],
                       line_of(record));
}

}  // namespace

Log::Log(LogLevel least, LogSink sink) : least_(least), sink_(sink ? std::move(sink) : to_standard_error) {}

void Log::write(LogLevel level, std::string message, Headers fields) const {
  if (wants(level))
    sink_({.level = level,
           .time = std::chrono::system_clock::now(),
           .message = std::move(message),
           .fields = std::move(fields)});
}

void Log::write(const Notice& notice) const {
  const auto level = level_of(notice.kind);
  if (!wants(level)) return;
  Headers fields;
  for (const auto& [name, value] : {std::pair("event", notice.event), {"group", notice.group}, {"id", notice.id}})
    if (!value.empty()) fields.push_back({name, value});
  write(level, notice.text, std::move(fields));
}

LogLevel level_of(Notice::Kind kind) noexcept {
  switch (kind) {
    case Notice::Kind::schema:
    case Notice::Kind::disconnected:
    case Notice::Kind::rebuilt:
    case Notice::Kind::gap:
    case Notice::Kind::differs:
      return LogLevel::warn;
    case Notice::Kind::connected:
    case Notice::Kind::dead_lettered:
      return LogLevel::info;
    case Notice::Kind::lost:  // `subscribe` says it itself, whatever the level
      return LogLevel::debug;
  }
  return LogLevel::debug;
}

}  // namespace observe
}  // namespace ductape::inline v0
