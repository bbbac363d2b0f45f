// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/errors.h"

#include <sqlite3.h>

#include <array>

#include "src/store/file_error.h"
#include "src/store/store.h"

namespace ductape::inline v0::store::sqlite {
namespace {

constexpr std::string_view damaged_hint =
    "nothing was changed; bring the file back from a backup, or move it away and run apply again";
constexpr std::string_view writable_hint = "make the directory and its files writable, or choose another with --store";
constexpr std::string_view space_hint =
    "free some space, or choose another directory with --store; nothing was changed";
constexpr std::string_view defect_hint = "this is a defect of the library";

// Primary codes, and the extended ones that mean something else than theirs.
constexpr std::array table{
    Meaning{SQLITE_READONLY_DBMOVED, Errc::data_loss, true, "the file was removed or replaced while it was in use",
            "start the program again; nothing is written to the old file"},
    Meaning{SQLITE_ERROR, Errc::internal, false, "a statement failed", defect_hint},
    Meaning{SQLITE_INTERNAL, Errc::internal, false, "SQLite failed", defect_hint},
    Meaning{SQLITE_PERM, Errc::permission_denied, true, "access refused", writable_hint},
    Meaning{SQLITE_ABORT, Errc::internal, false, "a statement was aborted", defect_hint},
    Meaning{SQLITE_BUSY, Errc::unavailable, false, "another process held the lock for too long",
            "try again; if it stays, find who holds the file open"},
    Meaning{SQLITE_LOCKED, Errc::internal, false, "locked within one connection", defect_hint},
    Meaning{SQLITE_NOMEM, Errc::unavailable, false, "out of memory", {}},
    Meaning{SQLITE_READONLY, Errc::permission_denied, true, "cannot be written", writable_hint},
    Meaning{SQLITE_INTERRUPT, Errc::cancelled, false, "interrupted", {}},
    Meaning{SQLITE_IOERR, Errc::unavailable, true, "reading or writing failed",
            "look at the disk and the kernel's log"},
    Meaning{SQLITE_CORRUPT, Errc::data_loss, true, "the file is damaged", damaged_hint},
    Meaning{SQLITE_NOTFOUND, Errc::internal, false, "an operation is not known", defect_hint},
    Meaning{SQLITE_FULL, Errc::unavailable, true, "the disk is full", space_hint},
    Meaning{SQLITE_CANTOPEN, Errc::unavailable, true, "cannot be opened",
            "registry.db must be a file in a directory that can be written"},
    Meaning{SQLITE_PROTOCOL, Errc::unavailable, false, "the lock could not be had", "try again"},
    Meaning{SQLITE_EMPTY, Errc::internal, false, "empty", defect_hint},
    Meaning{SQLITE_SCHEMA, Errc::internal, false, "the tables changed", defect_hint},
    Meaning{SQLITE_TOOBIG, Errc::message_too_large, false, "a record is larger than SQLite takes", {}},
    Meaning{SQLITE_CONSTRAINT, Errc::internal, false, "a constraint failed", defect_hint},
    Meaning{SQLITE_MISMATCH, Errc::data_loss, true, "a value has the wrong type", damaged_hint},
    Meaning{SQLITE_MISUSE, Errc::internal, false, "misuse", defect_hint},
    Meaning{SQLITE_NOLFS, Errc::unavailable, true, "the file system takes no large files",
            "choose another directory with --store"},
    Meaning{SQLITE_AUTH, Errc::permission_denied, true, "not authorized", writable_hint},
    Meaning{SQLITE_FORMAT, Errc::data_loss, true, "the file is damaged", damaged_hint},
    Meaning{SQLITE_RANGE, Errc::internal, false, "a parameter is out of range", defect_hint},
    Meaning{SQLITE_NOTADB, Errc::data_loss, true, "the file is damaged or no SQLite database", damaged_hint},
};

const Meaning& meaning(int code) {
  for (const auto& row : table)
    if (row.code == code) return row;
  for (const auto& row : table)
    if (row.code == (code & 0xff)) return row;
  return table[1];
}

}  // namespace

std::span<const Meaning> meanings() noexcept { return table; }

Error make_error(int code, int system, std::string_view words, std::string_view file) {
  const auto native = "SQLite " + std::to_string(code) + ": " + std::string(words);
  // SQLite reports a full disk and a refused access in several ways; what the system said is plainer. With its other
  // codes the errno may be an old one.
  const int primary = code & 0xff;
  if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && is_telling(system)) {
    auto error = file_error(system, file);
    error.native = native + ", " + error.native;
    return error;
  }
  const auto& row = meaning(code);
  return {.code = row.errc,
          .message = std::string(file) + ": " + std::string(row.what),
          .hint = std::string(row.hint),
          .native = native,
          .documented = row.unusable ? unusable : nullptr};
}

}  // namespace ductape::inline v0::store::sqlite
