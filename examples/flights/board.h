// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// Departures and delays per airport. Thread-safe.
class Board {
 public:
  void departed(std::string_view airport, std::string_view date, int delay_minutes);

  /// One line with the totals.
  [[nodiscard]] std::string line() const;
  /// A title and the twenty busiest airports in two columns, `rows` lines of at most 79 columns. Bars of delay are
  /// coloured if asked for.
  [[nodiscard]] std::vector<std::string> lines(bool colour) const;
  static constexpr std::size_t rows = 12;

 private:
  struct Airport {
    std::uint64_t departures = 0;
    std::int64_t minutes = 0;
    [[nodiscard]] double mean() const { return departures ? double(minutes) / double(departures) : 0; }
  };
  mutable std::mutex mutex_;
  std::map<std::string, Airport, std::less<>> airports_;  // guarded by mutex_, as is all below
  Airport all_;
  std::string latest_;
};
