// SPDX-License-Identifier: Apache-2.0
#include "providers/local/log.h"

#include <algorithm>

#include "providers/local/envelope.h"
#include "providers/local/schema.h"

namespace ductape::inline v0::local {
namespace {

Topic topic_in(const Rows& rows) {
  return {.id = rows.integer(0),
          .ordered = rows.integer(1) != 0,
          .floor = rows.integer(2),
          .removed = rows.integer(3),
          .retention_age = rows.integer(4),
          .retention_bytes = rows.integer(5),
          .bytes = rows.integer(6)};
}

std::optional<Topic> topic_in(Rows&& rows) {
  if (!rows.next()) return std::nullopt;
  return topic_in(std::as_const(rows));
}

}  // namespace

std::optional<Topic> Log::find(std::string_view tag) { return topic_in(find_(tag)); }
std::optional<Topic> Log::find(std::int64_t id) { return topic_in(find_id_(id)); }

Topic Log::obtain(std::string_view tag, bool ordered, driver::Millis retention_age, std::uint64_t retention_bytes) {
  if (auto topic = find(tag)) return *topic;
  const std::int64_t age = retention_age.count(), bytes = static_cast<std::int64_t>(retention_bytes);
  create_.run(tag, ordered, age, bytes);
  return {
      .id = sqlite3_last_insert_rowid(db_.get()), .ordered = ordered, .retention_age = age, .retention_bytes = bytes};
}

void Log::set_retention(const Topic& topic, driver::Millis age, std::uint64_t bytes) {
  const auto limit = static_cast<std::int64_t>(bytes);
  auto counted = topic.bytes;
  if (limit == 0) counted = 0;
  if (limit != 0 && topic.retention_bytes == 0)
    if (auto rows = bytes_of_(position(topic.id, 0), last_position(topic.id)); rows.next()) counted = rows.integer(0);
  retention_.run(std::int64_t{age.count()}, limit, counted, topic.id);
}

std::vector<Topic> Log::with_retention() {
  std::vector<Topic> all;
  for (auto rows = with_retention_(); rows.next();) all.push_back(topic_in(std::as_const(rows)));
  return all;
}

void Log::set_ordered(std::int64_t topic, bool ordered) { ordered_.run(ordered, topic); }

void Log::remove(std::int64_t topic) {
  remove_messages_.run(position(topic, 0), last_position(topic));
  remove_topic_.run(topic);
  ends_.erase(topic);
}

void Log::raise_floor(std::int64_t topic, std::int64_t offset) {
  remove_messages_.run(position(topic, 0), position(topic, offset));
  floor_.run(offset, topic);
}

void Log::add_bytes(std::int64_t topic, std::int64_t first, std::int64_t last) {
  std::int64_t bytes = 0;
  if (auto rows = bytes_of_(position(topic, first), position(topic, last)); rows.next()) bytes = rows.integer(0);
  add_bytes_.run(bytes, topic);
}

Log::End& Log::end(std::int64_t topic) {
  const auto known = ends_.find(topic);
  if (known != ends_.end()) return known->second;
  End end{.offset = 0, .time = 0};
  if (auto rows = end_(last_position(topic), position(topic, 0)); rows.next())
    end = {.offset = offset_of(rows.integer(0)), .time = rows.integer(1)};
  // Offsets of messages that are gone are not given again: groups have passed them.
  if (const auto row = find(topic)) end.offset = std::max({end.offset, row->removed, row->floor});
  return ends_.emplace(topic, end).first->second;
}

Log::Appended Log::append(std::int64_t topic, const driver::Record& record, std::int64_t now) {
  auto& last = end(topic);
  // Times never go back along a topic, so that a start by time is a binary search.
  const auto time = std::max(now, last.time);
  const auto place = position(topic, last.offset + 1);
  meta_.clear();
  encode_meta(record, meta_);
  const std::string_view key = record.key;
  const Blob meta{meta_.data(), meta_.size()}, body{record.body.data(), record.body.size()};

  unsigned char uuid[16];
  const bool packed = pack_uuid(record.id, uuid);
  const Blob packed_id{uuid, sizeof uuid};
  const auto insert = [&](const auto& id) {
    if (key.empty())
      insert_.run(place, topic, id, time, nullptr, meta, body);
    else
      insert_.run(place, topic, id, time, key, meta, body);
  };
  packed ? insert(packed_id) : insert(record.id);
  if (sqlite3_changes(db_.get()) == 1 || db_.failure() != SQLITE_OK) {
    last = {.offset = last.offset + 1, .time = time};
    return {.offset = last.offset};
  }
  auto rows = packed ? by_id_(packed_id, topic) : by_id_(record.id, topic);
  return {.offset = rows.next() ? offset_of(rows.integer(0)) : 0, .duplicate = true};
}

bool Log::append_with(Insertion& insertion, std::int64_t topic, std::span<const driver::Record>& records,
                      std::int64_t now, std::vector<Appended>& results) {
  const auto count = static_cast<std::int64_t>(insertion.rows());
  if (records.size() < insertion.rows()) return false;
  auto& last = end(topic);
  const auto time = std::max(now, last.time);
  if (!insertion.run(position(topic, last.offset + 1), topic, time, records.first(insertion.rows()))) {
    // There is one of the same id, before or among them: taken back, as offsets have no gaps, and one by one again.
    const auto before = find(topic);
    remove_messages_.run(position(topic, last.offset + 1), position(topic, last.offset + count));
    if (before) restore_removed_.run(before->removed, before->bytes, topic);
    return false;
  }
  for (std::int64_t i = 1; i <= count; ++i) results.push_back({.offset = last.offset + i});
  last = {.offset = last.offset + count, .time = time};
  records = records.subspan(insertion.rows());
  return true;
}

void Log::append(std::int64_t topic, std::span<const driver::Record> records, std::int64_t now,
                 std::vector<Appended>& results) {
  while (!records.empty()) {
    if (append_with(insert_many_, topic, records, now, results)) continue;
    if (append_with(insert_some_, topic, records, now, results)) continue;
    const auto alone = std::min(insert_some_.rows(), records.size());
    for (const auto& record : records.first(alone)) results.push_back(append(topic, record, now));
    records = records.subspan(alone);
  }
}

std::int64_t Log::head(const Topic& topic) { return end(topic.id).offset; }

std::int64_t Log::before(const Topic& topic, std::int64_t time) {
  auto low = topic.floor, high = head(topic);  // the answer lies in [low, high]
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    auto rows = time_from_(position(topic.id, middle), last_position(topic.id));
    if (rows.next() && rows.integer(0) < time)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

std::optional<std::int64_t> Log::time(std::int64_t topic, std::int64_t offset) {
  auto rows = time_(position(topic, offset));
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

Rows Log::after(std::int64_t topic, std::int64_t offset, std::int64_t limit) {
  return after_(position(topic, offset), last_position(topic), limit);
}

Rows Log::sizes_after(std::int64_t topic, std::int64_t offset, std::int64_t limit) {
  return sizes_after_(position(topic, offset), last_position(topic), limit);
}

Rows Log::at(std::int64_t position) { return at_(position); }

}  // namespace ductape::inline v0::local
