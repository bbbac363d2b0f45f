// SPDX-License-Identifier: Apache-2.0
#include "examples/flights/board.h"

#include <algorithm>
#include <cstdio>

namespace {

constexpr std::size_t columns = 2, per_column = Board::rows - 2;

template <class... Values>
std::string print(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

// One mark for two minutes of mean delay; more than eleven marks have no room.
std::string bar(double minutes, bool colour) {
  const auto marks = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(0.0, minutes / 2)), 0, 11);
  const std::string text = std::string(marks, '#') + std::string(11 - marks, ' ');
  if (!colour || marks == 0) return text;
  const char* shade = minutes < 8 ? "\x1b[32m" : minutes < 15 ? "\x1b[33m" : "\x1b[31m";
  return shade + text + "\x1b[0m";
}

}  // namespace

void Board::departed(std::string_view airport, std::string_view date, int delay_minutes) {
  std::lock_guard lock(mutex_);
  auto found = airports_.find(airport);
  if (found == airports_.end()) found = airports_.emplace(airport, Airport{}).first;
  for (auto* counts : {&found->second, &all_}) {
    ++counts->departures;
    counts->minutes += delay_minutes;
  }
  if (date > latest_) latest_ = date;
}

std::string Board::line() const {
  std::lock_guard lock(mutex_);
  return print("%6llu departures from %3zu airports, %5.1f min late on average, latest %s",
               static_cast<unsigned long long>(all_.departures), airports_.size(), all_.mean(), latest_.c_str());
}

std::vector<std::string> Board::lines(bool colour) const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string_view, Airport>> busiest(airports_.begin(), airports_.end());
  std::stable_sort(busiest.begin(), busiest.end(),
                   [](const auto& a, const auto& b) { return a.second.departures > b.second.departures; });

  std::vector<std::string> lines;
  lines.push_back(print("DEPARTURES  %-16s  %6llu from %3zu airports, %5.1f min late on average", latest_.c_str(),
                        static_cast<unsigned long long>(all_.departures), airports_.size(), all_.mean()));
  const std::string head = "from  departed  mean delay            ";
  lines.push_back(head + "  " + head);
  for (std::size_t row = 0; row < per_column; ++row) {
    std::string line;
    for (std::size_t place = row; place < columns * per_column && place < busiest.size(); place += per_column) {
      const auto& [name, airport] = busiest[place];
      line += print("%-4.*s  %8llu  %6.1f min ", static_cast<int>(name.size()), name.data(),
                    static_cast<unsigned long long>(airport.departures), airport.mean());
      line += bar(airport.mean(), colour) + "   ";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}
