// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>

#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

/// Appends successive messages of a topic with one statement: SQLite then finds the ends of table and index once, not
/// for each. Inside a transaction. Not thread-safe.
class Insertion {
 public:
  /// `rows`: of each call.
  Insertion(Connected& db, std::size_t rows);
  Insertion(const Insertion&) = delete;
  Insertion& operator=(const Insertion&) = delete;

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// At `first` and the positions behind it. False if a message was left out, as there is one of its id or position.
  bool run(std::int64_t first, std::int64_t topic, std::int64_t time, std::span<const driver::Record> records);

 private:
  Connected& db_;
  const std::size_t rows_;
  const std::string sql_;
  Statement statement_;
  std::string meta_;
  std::vector<std::size_t> ends_;
  std::vector<unsigned char> ids_;
};

}  // namespace ductape::inline v0::local
