// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/progress.h"

#include <algorithm>
#include <cmath>

namespace ductape::cli {
namespace {

std::string clock(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(std::ceil(seconds), 359'999.0));
  const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const auto minutes = whole / 60;
  if (minutes < 60) return std::to_string(minutes) + ":" + two(whole % 60);
  return std::to_string(minutes / 60) + ":" + two(minutes % 60) + ":" + two(whole % 60);
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::uint64_t rate_of(std::uint64_t count, std::chrono::duration<double> elapsed) {
  return elapsed.count() > 0 ? static_cast<std::uint64_t>(std::llround(static_cast<double>(count) / elapsed.count()))
                             : 0;
}

std::string progress_line(const Progress& progress, std::size_t width) {
  std::string line;
  double share = 0;
  if (progress.whole && *progress.whole > 0) {
    constexpr std::size_t columns = 20;
    share = std::min(1.0, static_cast<double>(progress.covered) / static_cast<double>(*progress.whole));
    const auto filled = static_cast<std::size_t>(share * columns);
    const auto percent = std::to_string(static_cast<int>(share * 100));
    line = "[" + std::string(filled, '#') + std::string(columns - filled, '.') + "] " +
           std::string(3 - percent.size(), ' ') + percent + " %  ";
  }
  line += grouped(progress.count).append(" ").append(progress.what) + "  ";
  if (progress.refused > 0) line += grouped(progress.refused) + " refused  ";
  line += grouped(rate_of(progress.count, progress.elapsed)) + "/s";
  if (share > 0) line += "  " + clock(progress.elapsed.count() * (1 - share) / share) + " left";
  // A full last column would wrap.
  return line.substr(0, width > 0 ? width - 1 : 0);
}

}  // namespace ductape::cli
