// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include <ductape/driver/publisher.hpp>

#include "providers/local/insertion.h"
#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

struct Topic {
  std::int64_t id = 0;
  bool ordered = false;
  std::int64_t floor = 0;    ///< offsets up to it were removed by retention
  std::int64_t removed = 0;  ///< the highest offset that ever was
  std::int64_t retention_age = 0, retention_bytes = 0;
  std::int64_t bytes = 0;  ///< of its messages, where `retention_bytes` is a limit
};

/// What a message counts for `retention_bytes` beside its body and headers: its row and its place in the index.
constexpr std::int64_t message_overhead = 64;

/// The topics of a file and their messages. To be used inside a transaction (reading: anywhere). Not thread-safe.
class Log {
 public:
  explicit Log(Connected& db) : db_(db) {}

  std::optional<Topic> find(std::string_view tag);
  std::optional<Topic> find(std::int64_t id);
  /// The topic of that tag, made if it is not there.
  Topic obtain(std::string_view tag, bool ordered, driver::Millis retention_age = {},
               std::uint64_t retention_bytes = 0);
  void set_retention(const Topic& topic, driver::Millis age, std::uint64_t bytes);
  std::vector<Topic> with_retention();
  void set_ordered(std::int64_t topic, bool ordered);
  /// Removes the topic and all its messages.
  void remove(std::int64_t topic);

  struct Appended {
    std::int64_t offset = 0;
    bool duplicate = false;  ///< the topic has a message of this id: that one's offset
  };
  Appended append(std::int64_t topic, const driver::Record& record, std::int64_t now);
  /// Several, in their order; what became of each is added to `results`.
  void append(std::int64_t topic, std::span<const driver::Record> records, std::int64_t now,
              std::vector<Appended>& results);

  /// Removes one message.
  void remove_at(std::int64_t position) { remove_at_.run(position); }
  /// Removes the topic's messages up to this offset, for good.
  void raise_floor(std::int64_t topic, std::int64_t offset);
  /// Counts messages of these offsets for `Topic::bytes`.
  void add_bytes(std::int64_t topic, std::int64_t first, std::int64_t last);

  /// The offset of the last message that was ever there; 0 if there never was one.
  std::int64_t head(const Topic& topic);
  /// The last offset whose message is older than `time`.
  std::int64_t before(const Topic& topic, std::int64_t time);
  /// When the message at this offset was accepted.
  std::optional<std::int64_t> time(std::int64_t topic, std::int64_t offset);

  /// Messages after `offset`, oldest first: pos, id, time, key, meta, body.
  Rows after(std::int64_t topic, std::int64_t offset, std::int64_t limit);
  /// Of the same messages: pos, time, what it counts for `Topic::bytes`.
  Rows sizes_after(std::int64_t topic, std::int64_t offset, std::int64_t limit);
  /// The message at that position, in the same columns.
  Rows at(std::int64_t position);

  /// To be called at the beginning of each transaction: what other processes may have changed is forgotten.
  void begin() { ends_.clear(); }

 private:
  struct End {
    std::int64_t offset, time;
  };
  End& end(std::int64_t topic);
  bool append_with(Insertion& insertion, std::int64_t topic, std::span<const driver::Record>& records, std::int64_t now,
                   std::vector<Appended>& results);

  Connected& db_;
  std::unordered_map<std::int64_t, End> ends_;
  std::string meta_;
  Statement find_{db_,
                  "SELECT id, ordered, floor, removed, retention_age, retention_bytes, bytes FROM topics WHERE tag=?"};
  Statement find_id_{
      db_, "SELECT id, ordered, floor, removed, retention_age, retention_bytes, bytes FROM topics WHERE id=?"};
  Statement with_retention_{
      db_,
      "SELECT id, ordered, floor, removed, retention_age, retention_bytes, bytes FROM topics WHERE retention_age>0"};
  Statement create_{db_, "INSERT INTO topics(tag, ordered, retention_age, retention_bytes) VALUES(?,?,?,?)"};
  Statement retention_{db_, "UPDATE topics SET retention_age=?, retention_bytes=?, bytes=? WHERE id=?"};
  Statement floor_{db_, "UPDATE topics SET floor=max(floor, ?) WHERE id=?"};
  Statement bytes_of_{db_, "SELECT sum(length(body) + length(meta) + 64) FROM messages WHERE pos BETWEEN ? AND ?"};
  Statement add_bytes_{db_, "UPDATE topics SET bytes=bytes+? WHERE id=?"};
  Statement restore_removed_{db_, "UPDATE topics SET removed=?, bytes=? WHERE id=?"};
  Statement ordered_{db_, "UPDATE topics SET ordered=? WHERE id=?"};
  Statement remove_topic_{db_, "DELETE FROM topics WHERE id=?"};
  Statement remove_messages_{db_, "DELETE FROM messages WHERE pos BETWEEN ? AND ?"};
  Statement remove_at_{db_, "DELETE FROM messages WHERE pos=?"};
  Statement insert_{db_, "INSERT INTO messages VALUES(?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"};
  Insertion insert_many_{db_, 64}, insert_some_{db_, 8};
  Statement by_id_{db_, "SELECT pos FROM messages WHERE id=? AND topic=?"};
  Statement end_{db_, "SELECT pos, time FROM messages WHERE pos<=? AND pos>? ORDER BY pos DESC LIMIT 1"};
  Statement time_{db_, "SELECT time FROM messages WHERE pos=?"};
  Statement time_from_{db_, "SELECT time FROM messages WHERE pos BETWEEN ? AND ? ORDER BY pos LIMIT 1"};
  Statement sizes_after_{db_,
                         "SELECT pos, time, length(body) + length(meta) + 64 FROM messages WHERE pos>? AND pos<=? "
                         "ORDER BY pos LIMIT ?"};
  Statement after_{db_,
                   "SELECT pos, id, time, key, meta, body FROM messages WHERE pos>? AND pos<=? ORDER BY pos LIMIT ?"};
  Statement at_{db_, "SELECT pos, id, time, key, meta, body FROM messages WHERE pos=?"};
};

}  // namespace ductape::inline v0::local
