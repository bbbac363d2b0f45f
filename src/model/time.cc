// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdio>
#include <optional>

#include <ductape/units.hpp>

#include "src/model/in_quotes.h"

namespace ductape::inline v0 {
namespace {

using namespace std::chrono;

// Takes the text from the front; once something does not fit, nothing fits any more.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int digits(std::size_t count, int least, int most) {
    int value = 0;
    if (rest_.size() < count) return fail();
    const auto* end = rest_.data() + count;
    if (rest_[0] < '0' || rest_[0] > '9' || std::from_chars(rest_.data(), end, value).ptr != end) return fail();
    rest_.remove_prefix(count);
    return value < least || value > most ? fail() : value;
  }
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_[0]) == allowed.npos) return static_cast<char>(fail());
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Digits after the point; more than nine are read and dropped.
  nanoseconds fraction() {
    std::int64_t value = 0, scale = 1'000'000'000;
    std::size_t count = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), ++count)
      if (scale > 1) value += (rest_[0] - '0') * (scale /= 10);
    if (count == 0) fail();
    return nanoseconds(value);
  }
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

 private:
  int fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

std::optional<system_clock::time_point> read(std::string_view text) {
  Cursor cursor(text);
  const int y = cursor.digits(4, 0, 9999);
  cursor.one_of("-");
  const int m = cursor.digits(2, 1, 12);
  cursor.one_of("-");
  const int d = cursor.digits(2, 1, 31);
  cursor.one_of("Tt ");
  const int hour = cursor.digits(2, 0, 23);
  cursor.one_of(":");
  const int minute = cursor.digits(2, 0, 59);
  cursor.one_of(":");
  const int second = cursor.digits(2, 0, 60);  // 60 is a leap second
  const auto fraction = cursor.take('.') ? cursor.fraction() : nanoseconds(0);
  minutes offset(0);
  if (const char sign = cursor.one_of("Zz+-"); sign == '+' || sign == '-') {
    offset = hours(cursor.digits(2, 0, 23));
    cursor.one_of(":");
    offset += minutes(cursor.digits(2, 0, 59));
    if (sign == '-') offset = -offset;
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!cursor.finished() || !date.ok() || y < 1677 || y > 2262) return std::nullopt;
  // Nanoseconds since 1970 end in 2262; what lies outside in UTC, as it is written, cannot be held.
  const auto whole = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - offset;
  if (whole < sys_days(year(1678) / 1 / 1) || whole >= sys_days(year(2262) / 1 / 1)) return std::nullopt;
  return whole + fraction;
}

}  // namespace

Result<system_clock::time_point> parse_time(std::string_view text) {
  if (auto time = read(text)) return *time;
  return Error{.code = Errc::invalid_argument,
               .message = model::in_quotes(text) + " is not a time between 1678 and 2261",
               .hint = "RFC 3339 with an offset: 2026-11-21T10:11:12.345Z or 2026-11-21T11:11:12+01:00"};
}

std::string format_time(system_clock::time_point time) {
  const auto instant = floor<milliseconds>(time);
  const auto midnight = floor<days>(instant);
  const year_month_day date(midnight);
  const hh_mm_ss clock(instant - midnight);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace ductape::inline v0
