// SPDX-License-Identifier: Apache-2.0
#include "providers/local/insertion.h"

#include "providers/local/envelope.h"

namespace ductape::inline v0::local {
namespace {

constexpr std::size_t uuid_size = 16;
constexpr int columns = 7;

// IGNORE, as with "ON CONFLICT DO NOTHING" a statement of several rows could still fail half-way, and SQLite would keep
// copies of pages to undo it.
std::string insert(std::size_t rows) {
  std::string sql = "INSERT OR IGNORE INTO messages VALUES(?,?,?,?,?,?,?)";
  for (std::size_t i = 1; i < rows; ++i) sql += ",(?,?,?,?,?,?,?)";
  return sql;
}

}  // namespace

Insertion::Insertion(Connected& db, std::size_t rows)
    : db_(db), rows_(rows), sql_(insert(rows)), statement_(db, sql_.c_str()), ids_(rows * uuid_size) {}

bool Insertion::run(std::int64_t first, std::int64_t topic, std::int64_t time,
                    std::span<const driver::Record> records) {
  meta_.clear();
  ends_.clear();
  for (const auto& record : records) {
    encode_meta(record, meta_);
    ends_.push_back(meta_.size());
  }
  if (!statement_.prepare()) return false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rows_; ++i) {
    const auto& record = records[i];
    auto* uuid = ids_.data() + i * uuid_size;
    int column = static_cast<int>(i) * columns;
    statement_.bind(++column, first + static_cast<std::int64_t>(i));
    statement_.bind(++column, topic);
    if (pack_uuid(record.id, uuid))
      statement_.bind(++column, Blob{uuid, uuid_size});
    else
      statement_.bind(++column, record.id);
    statement_.bind(++column, time);
    if (record.key.empty())
      statement_.bind(++column, nullptr);
    else
      statement_.bind(++column, record.key);
    statement_.bind(++column, Blob{meta_.data() + begin, ends_[i] - begin});
    statement_.bind(++column, Blob{record.body.data(), record.body.size()});
    begin = ends_[i];
  }
  return statement_.run_bound() && sqlite3_changes(db_.get()) == static_cast<int>(rows_);
}

}  // namespace ductape::inline v0::local
