// SPDX-License-Identifier: Apache-2.0
#include "src/registry/locate.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "src/store/file_error.h"

namespace ductape::inline v0::registry {
namespace {

namespace fs = std::filesystem;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Empty: there is none.
Result<fs::path> nearest_upwards() {
  std::error_code error;
  for (auto at = fs::current_path(error); !error && !at.empty(); at = at.parent_path()) {
    std::error_code unreadable;
    const auto found = fs::status(at / ".ductape", unreadable).type();
    if (found == fs::file_type::directory) return at / ".ductape";
    // To pass it over would be to work on another store than somebody means.
    if (found == fs::file_type::regular) return store::file_error(ENOTDIR, (at / ".ductape").string());
    if (at == at.root_path()) break;
  }
  return fs::path();
}

}  // namespace

Result<store::Location> locate(std::string_view url) {
  if (url.empty()) url = environment("DUCTAPE_STORE");
  if (!url.empty()) return store::parse_location(url);
  const auto found = nearest_upwards();
  if (!found) return found.error();
  if (!found->empty()) return store::parse_location("sqlite:" + found->string());
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
