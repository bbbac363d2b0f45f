// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ductape::cli {

/// How far something is that goes on message by message.
struct Progress {
  std::uint64_t count = 0;  ///< messages that are through
  std::string_view what = "confirmed";
  std::uint64_t refused = 0;
  std::uint64_t covered = 0;                ///< of `whole`: bytes read, or messages
  std::optional<std::uint64_t> whole = {};  ///< empty where nobody knows, as in a pipe
  std::chrono::duration<double> elapsed{0};
};

/// "[#####.....]  52 %  10,400 confirmed  48,100/s  0:01 left", cut to `width` columns.
[[nodiscard]] std::string progress_line(const Progress& progress, std::size_t width);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

/// Messages a second, rounded.
[[nodiscard]] std::uint64_t rate_of(std::uint64_t count, std::chrono::duration<double> elapsed);

}  // namespace ductape::cli
