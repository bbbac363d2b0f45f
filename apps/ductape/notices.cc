// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/notices.h"

#include <algorithm>
#include <array>

namespace ductape::cli {
namespace {

constexpr std::array<std::string_view, 6> levels{"off", "error", "warn", "info", "debug", "trace"};

auto rank(std::string_view level) { return std::find(levels.begin(), levels.end(), level) - levels.begin(); }

}  // namespace

std::string_view level_of(Notice::Kind kind) noexcept {
  switch (kind) {
    case Notice::Kind::schema:
    case Notice::Kind::disconnected:
    case Notice::Kind::rebuilt:
    case Notice::Kind::gap:
    case Notice::Kind::differs:
      return "warn";
    case Notice::Kind::connected:
    case Notice::Kind::dead_lettered:
      return "info";
    case Notice::Kind::lost:  // `subscribe` says it itself, whatever the level
      return "debug";
  }
  return "debug";
}

std::function<void(const Notice&)> telling(Console& console, const Globals& globals) {
  return [&console, asked = rank(globals.log_level)](const Notice& notice) {
    const auto level = level_of(notice.kind);
    if (rank(level) > asked) return;
    console.note(std::string(level) + ": " + (notice.id.empty() ? "" : notice.id + ": ") + notice.text);
  };
}

}  // namespace ductape::cli
