// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

/// Successive messages, handed out together for the first time: one row instead of one for each. A message leaves it
/// when it is done or goes among the waiting; the row goes with the last.
struct Grant {
  std::int64_t first = 0, last = 0;  ///< positions
  std::string done = {};             ///< a bit for each, lowest bit first

  Grant() = default;
  Grant(std::int64_t from, std::int64_t to)
      : first(from), last(to), done(static_cast<std::size_t>((to - from) / 8 + 1), '\0') {}
  [[nodiscard]] bool is_done(std::int64_t pos) const { return (byte(pos) >> bit(pos) & 1) != 0; }
  void set(std::int64_t pos, bool value) {
    auto& at = done[static_cast<std::size_t>((pos - first) / 8)];
    at = static_cast<char>(value ? at | 1 << bit(pos) : at & ~(1 << bit(pos)));
  }
  /// How many are not done.
  [[nodiscard]] std::int64_t open() const;
  /// The position of the first that is not done.
  [[nodiscard]] std::int64_t first_open() const;

 private:
  [[nodiscard]] unsigned char byte(std::int64_t pos) const {
    return static_cast<unsigned char>(done[static_cast<std::size_t>((pos - first) / 8)]);
  }
  [[nodiscard]] int bit(std::int64_t pos) const { return static_cast<int>((pos - first) % 8); }
};

/// The grants of groups on topics without order. Inside a transaction. Not thread-safe.
class Grants {
 public:
  explicit Grants(Connected& db) : db_(db) {}

  void add(std::int64_t group, const Grant& grant, std::int64_t member);
  void update(std::int64_t group, const Grant& grant);
  void remove(std::int64_t group, std::int64_t first) { remove_.run(group, first); }
  void remove_all(std::int64_t group) { remove_all_.run(group); }
  std::vector<Grant> of(std::int64_t group, std::int64_t member);
  std::vector<Grant> all(std::int64_t group);
  std::optional<Grant> first(std::int64_t group);

 private:
  Connected& db_;
  Statement add_{db_, "INSERT INTO grants(grp, first, last, owner, done) VALUES(?,?,?,?,?)"};
  Statement update_{db_, "UPDATE grants SET done=? WHERE grp=? AND first=?"};
  Statement remove_{db_, "DELETE FROM grants WHERE grp=? AND first=?"};
  Statement remove_all_{db_, "DELETE FROM grants WHERE grp=?"};
  Statement of_{db_, "SELECT first, last, done FROM grants WHERE grp=? AND owner=? ORDER BY first"};
  Statement all_{db_, "SELECT first, last, done FROM grants WHERE grp=? ORDER BY first"};
  Statement first_{db_, "SELECT first, last, done FROM grants WHERE grp=? ORDER BY first LIMIT 1"};
};

}  // namespace ductape::inline v0::local
