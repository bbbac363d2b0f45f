// SPDX-License-Identifier: Apache-2.0
#include "providers/local/errors.h"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ductape::inline v0::local {
namespace {

constexpr std::string_view free_space = "free space on its disk, or keep the messages elsewhere with --store";
constexpr std::string_view may_write =
    "let this user write the file and its directory, or keep the messages elsewhere with --store";
constexpr std::string_view restore = "put back a copy, or move the file away: a new one is made at the next use";
constexpr std::string_view later = "try again; if it stays, look which process holds the file (fuser)";
constexpr std::string_view disk = "look at the disk (dmesg); nothing was confirmed that is not stored";

constexpr std::array table{
    NativeCode{SQLITE_IOERR_NOMEM, Errc::unavailable, nullptr, "out of memory", later},
    NativeCode{SQLITE_READONLY_DIRECTORY, Errc::permission_denied, "STORE_UNUSABLE", "its directory cannot be written",
               may_write},
    NativeCode{SQLITE_READONLY_DBMOVED, Errc::data_loss, "STORE_UNUSABLE", "it was removed or replaced while in use",
               restore},
    NativeCode{SQLITE_FULL, Errc::unavailable, "STORE_UNUSABLE", "the disk is full", free_space},
    NativeCode{SQLITE_READONLY, Errc::permission_denied, "STORE_UNUSABLE", "it cannot be written", may_write},
    NativeCode{SQLITE_PERM, Errc::permission_denied, "STORE_UNUSABLE", "access is not permitted", may_write},
    NativeCode{SQLITE_AUTH, Errc::permission_denied, "STORE_UNUSABLE", "access is not permitted", may_write},
    NativeCode{SQLITE_CANTOPEN, Errc::permission_denied, "STORE_UNUSABLE", "it cannot be opened or made", may_write},
    NativeCode{SQLITE_CORRUPT, Errc::data_loss, "STORE_UNUSABLE", "it is damaged", restore},
    NativeCode{SQLITE_NOTADB, Errc::data_loss, "STORE_UNUSABLE", "it is damaged or not a file of this broker", restore},
    NativeCode{SQLITE_BUSY, Errc::unavailable, nullptr, "another program holds it", later},
    NativeCode{SQLITE_LOCKED, Errc::unavailable, nullptr, "another program holds it", later},
    NativeCode{SQLITE_PROTOCOL, Errc::unavailable, nullptr, "another program holds it", later},
    NativeCode{SQLITE_INTERRUPT, Errc::cancelled, nullptr, "the operation was interrupted", later},
    NativeCode{SQLITE_NOMEM, Errc::unavailable, nullptr, "out of memory", later},
    NativeCode{SQLITE_IOERR, Errc::unavailable, "STORE_UNUSABLE", "reading or writing it failed", disk},
    NativeCode{SQLITE_TOOBIG, Errc::message_too_large, nullptr, "a value is larger than it can hold", "send less"},
};

std::string native(int code) { return std::string("SQLite ") + std::to_string(code) + ": " + sqlite3_errstr(code); }

}  // namespace

std::span<const NativeCode> native_codes() { return table; }

Error failure(Errc code, std::string message, std::string hint) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "local"};
}

Error from_sqlite(int sqlite, std::string_view file) {
  for (const auto& row : table) {
    if (row.sqlite != sqlite && row.sqlite != (sqlite & 0xff)) continue;
    auto error = failure(row.code, std::string(file) + ": " + std::string(row.what), std::string(row.hint));
    error.native = native(sqlite);
    error.documented = row.documented;
    return error;
  }
  auto error = failure(Errc::internal, std::string(file) + ": SQLite refused a statement of this library",
                       "this is a defect: please report it with the native code");
  error.native = native(sqlite);
  return error;
}

Error from_errno(int number, std::string_view doing, std::string_view file) {
  Errc code = Errc::unavailable;
  const char* documented = nullptr;
  std::string_view hint = disk;
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      documented = "STORE_UNUSABLE", hint = free_space;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Errc::permission_denied, documented = "STORE_UNUSABLE", hint = may_write;
      break;
    case ENOTDIR:
    case EEXIST:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      code = Errc::invalid_argument, hint = "name a directory with --store";
      break;
    case ENOENT:
      code = Errc::not_found, hint = "name a directory with --store";
      break;
    case EMFILE:
    case ENFILE:
      hint = "raise the limit of open files (ulimit -n)";
      break;
    default:
      break;
  }
  auto error =
      failure(code, std::string(file) + ": " + std::string(doing) + ": " + std::strerror(number), std::string(hint));
  error.native = "errno " + std::to_string(number);
  error.documented = documented;
  return error;
}

bool is_fatal(int sqlite) {
  const int primary = sqlite & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_IOERR ||
         primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN;
}

bool is_too_much(int sqlite) {
  const int primary = sqlite & 0xff;
  return primary == SQLITE_FULL || primary == SQLITE_NOMEM || primary == SQLITE_TOOBIG;
}

}  // namespace ductape::inline v0::local
