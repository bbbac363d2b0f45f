// SPDX-License-Identifier: Apache-2.0
#include "src/store/file_error.h"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <ductape/driver/file_system.hpp>

#include "src/store/store.h"

namespace ductape::inline v0::store {
namespace {

struct Row {
  int system;
  Errc errc;
  std::string_view what, hint;
};

constexpr std::string_view writable = "make the directory and its files writable, or choose another with --store";
constexpr std::string_view space = "free some space, or choose another directory with --store; nothing was changed";

constexpr std::array table{
    Row{EACCES, Errc::permission_denied, "access refused", writable},
    Row{EPERM, Errc::permission_denied, "access refused", writable},
    Row{EROFS, Errc::permission_denied, "the file system is read-only", writable},
    Row{ENOSPC, Errc::unavailable, "the disk is full", space},
    Row{EISDIR, Errc::invalid_argument, "a directory stands where a file must be",
        "move it away, or choose another directory with --store"},
    Row{ENOTDIR, Errc::invalid_argument, "a file stands where a directory must be",
        "move it away, or choose another directory with --store"},
    Row{EDQUOT, Errc::unavailable, "the disk quota is used up", space},
};
constexpr Row other{0, Errc::unavailable, "cannot be opened, read or written", "choose another directory with --store"};

const Row& row_of(int system) {
  for (const auto& row : table)
    if (row.system == system) return row;
  return other;
}

}  // namespace

bool is_telling(int system) noexcept { return &row_of(system) != &other; }

Error file_error(int system, std::string_view file) {
  const auto& row = row_of(system);
  return {
      .code = row.errc,
      .message = std::string(file) + ": " + std::string(row.what) + " (" + std::system_category().message(system) + ")",
      .hint = std::string(row.hint),
      .native = "errno " + std::to_string(system),
      .documented = unusable};
}

Result<void> refuse_network(std::string_view directory, unsigned long file_system) {
  const char* name = driver::network_file_system(file_system);
  if (!name) return {};
  return Error{.code = Errc::unsupported,
               .message = std::string(directory) + " is on " + name + ", where a store's locks do not hold",
               .hint = "name a directory on a disk of this machine with --store (or DUCTAPE_STORE)",
               .documented = unusable};
}

}  // namespace ductape::inline v0::store
