// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace ductape::cli {

/// How far a stream of lines is.
struct Progress {
  std::uint64_t confirmed = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes_read = 0;
  std::optional<std::uint64_t> bytes_total = {};  ///< empty where nobody knows, as in a pipe
  std::chrono::duration<double> elapsed{0};
};

/// "[#####.....]  52 %  10,400 confirmed  48,100/s  0:01 left", cut to `width` columns.
[[nodiscard]] std::string progress_line(const Progress& progress, std::size_t width);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

/// Messages a second, rounded.
[[nodiscard]] std::uint64_t rate_of(std::uint64_t count, std::chrono::duration<double> elapsed);

}  // namespace ductape::cli
