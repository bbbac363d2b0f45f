// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/fault.hpp>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

namespace ductape::inline v0::driver {

Result<void> check_fault() {
  const char* setting = std::getenv("DUCTAPE_FAULT");
  if (has_fault_points() || !setting) return {};
  return Error{
      .code = Errc::unsupported,
      .message = "DUCTAPE_FAULT is set to \"" + std::string(setting) + "\", but this build has no crash points",
      .hint = "unset it, or build with -DDUCTAPE_FAULT_POINTS=ON"};
}

#ifdef DUCTAPE_FAULT_POINTS
namespace {

struct Fault {
  std::string point;
  std::atomic<long> passages{1};
  Fault() {
    const char* setting = std::getenv("DUCTAPE_FAULT");
    if (!setting) return;
    point = setting;
    if (const auto colon = point.rfind(':'); colon != std::string::npos) {
      long count = 1;
      std::from_chars(point.data() + colon + 1, point.data() + point.size(), count);
      passages = count;
      point.resize(colon);
    }
  }
};

}  // namespace

void fault_point(std::string_view point) noexcept {
  static Fault fault;
  // SIGKILL and not abort(): nothing may run after it, no handler, no flush, as in a real crash.
  if (!fault.point.empty() && fault.point == point && fault.passages.fetch_sub(1) == 1) std::raise(SIGKILL);
}

#endif

}  // namespace ductape::inline v0::driver
