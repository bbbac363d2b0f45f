// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/log_lines.h"

#include <ductape/units.hpp>

#include "apps/ductape/json_text.h"

namespace ductape::cli {
namespace {

std::string json_of(const LogRecord& record) {
  std::string line = "{\"level\":";
  append_quoted(line, to_string(record.level));
  append_quoted(line += ",\"time\":", format_time(record.time));
  append_quoted(line += ",\"message\":", record.message);
  for (const auto& [name, value] : record.fields) {
    append_quoted(line += ",", name);
    append_quoted(line += ":", value);
  }
  return line + "}";
}

// The text says what it is about; only a message's id has to be added.
std::string text_of(const LogRecord& record) {
  std::string line = std::string(to_string(record.level)) + ": ";
  for (const auto& [name, value] : record.fields)
    if (name == "id") line += value + ": ";
  return line + record.message;
}

}  // namespace

LogLevel log_level_of(const Globals& globals) {
  for (auto level = LogLevel::trace; level != LogLevel::off; level = static_cast<LogLevel>(static_cast<int>(level) + 1))
    if (to_string(level) == globals.log_level) return level;
  return LogLevel::off;
}

LogSink log_lines(Console& console) {
  return [&console](const LogRecord& record) { console.note(console.json() ? json_of(record) : text_of(record)); };
}

}  // namespace ductape::cli
