// SPDX-License-Identifier: Apache-2.0
#include "src/store/location.h"

#include <filesystem>

#include "src/store/handled_ids.h"
#include "src/store/sqlite/sqlite_handled_ids.h"
#include "src/store/sqlite/sqlite_store.h"
#include "src/store/sqlite/sqlite_tallies.h"
#include "src/store/tallies.h"

namespace ductape::inline v0::store {

Result<Location> parse_location(std::string_view url) {
  constexpr std::string_view sqlite = "sqlite:";
  const auto refused = [&](Errc code, const std::string& what) {
    return Error{
        .code = code, .message = "store \"" + std::string(url) + "\": " + what, .hint = "sqlite:DIR, or just DIR"};
  };
  if (url == "memory:") return Location{Location::Kind::memory, {}};
  if (url.starts_with("postgresql:") || url.starts_with("postgres:"))
    return refused(Errc::unsupported, "PostgreSQL is not built yet");
  std::string_view path = url;
  if (path.starts_with(sqlite)) {
    path.remove_prefix(sqlite.size());
    if (path.starts_with("///")) path.remove_prefix(2);
  } else if (const auto scheme = path.find("://"); scheme != path.npos) {
    return refused(Errc::invalid_argument, "unknown kind of store");
  }
  if (path.empty()) return refused(Errc::invalid_argument, "names no directory");
  std::error_code error;
  auto absolute = std::filesystem::absolute(std::filesystem::path(path), error).lexically_normal();
  if (error) return refused(Errc::invalid_argument, error.message());
  if (!absolute.has_filename() && absolute.has_relative_path()) absolute = absolute.parent_path();
  return Location{Location::Kind::sqlite, absolute.string()};
}

Result<std::unique_ptr<Store>> open(const Location& location, std::chrono::milliseconds wait) {
  return location.kind == Location::Kind::memory ? sqlite::open_memory()
                                                 : sqlite::open_directory(location.directory, wait);
}

Result<std::unique_ptr<model::HandledIds>> open_handled_ids(const Location& location, std::chrono::milliseconds wait) {
  return sqlite::open_handled_ids(
      location.kind == Location::Kind::memory ? ":memory:" : location.directory + "/handled.db", wait);
}

Result<std::unique_ptr<model::Tallies>> open_tallies(const Location& location, std::chrono::milliseconds wait) {
  return sqlite::open_tallies(location.kind == Location::Kind::memory ? ":memory:" : location.directory + "/tally.db",
                              wait);
}

}  // namespace ductape::inline v0::store
