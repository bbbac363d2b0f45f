// SPDX-License-Identifier: Apache-2.0
#include "src/registry/locate.h"

#include <cstdlib>
#include <filesystem>

namespace ductape::inline v0::registry {
namespace {

namespace fs = std::filesystem;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

fs::path nearest_upwards() {
  std::error_code error;
  for (auto at = fs::current_path(error); !error && !at.empty(); at = at.parent_path()) {
    std::error_code unreadable;
    if (fs::is_directory(at / ".ductape", unreadable)) return at / ".ductape";
    if (at == at.root_path()) break;
  }
  return {};
}

}  // namespace

Result<store::Location> locate(std::string_view url) {
  if (url.empty()) url = environment("DUCTAPE_STORE");
  if (!url.empty()) return store::parse_location(url);
  if (const auto found = nearest_upwards(); !found.empty()) return store::parse_location("sqlite:" + found.string());
  // The XDG specification wants relative paths ignored.
  if (const fs::path data = environment("XDG_DATA_HOME"); data.is_absolute())
    return store::parse_location("sqlite:" + (data / "ductape").string());
  if (const fs::path home = environment("HOME"); home.is_absolute())
    return store::parse_location("sqlite:" + (home / ".local/share/ductape").string());
  return Error{.code = Errc::invalid_argument,
               .message = "no place for the store: neither DUCTAPE_STORE nor XDG_DATA_HOME nor HOME is set",
               .hint = "give one with --store DIR"};
}

}  // namespace ductape::inline v0::registry
