// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/message.h"

#include <charconv>
#include <limits>

#include "providers/redis/envelope.h"

namespace ductape::inline v0::redis {

EntryId EntryId::parse(std::string_view text) {
  EntryId id;
  const auto* end = text.data() + text.size();
  const auto dash = std::from_chars(text.data(), end, id.milliseconds).ptr;
  if (dash != end) std::from_chars(dash + 1, end, id.sequence);
  return id;
}

std::string EntryId::text() const {
  Room room;
  return std::string(write_to(room));
}

std::string_view EntryId::write_to(Room& room) const {
  constexpr std::size_t longest = 20;
  char* end = std::to_chars(room.data(), room.data() + longest, milliseconds).ptr;
  *end++ = '-';
  end = std::to_chars(end, end + longest, sequence).ptr;
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

EntryId EntryId::before() const {
  if (sequence > 0) return {milliseconds, sequence - 1};
  return milliseconds > 0 ? EntryId{milliseconds - 1, std::numeric_limits<std::uint64_t>::max()} : EntryId();
}

driver::Delivered Batch::read(ReplyView id, ReplyView fields, std::uint32_t handed_out, bool again) {
  const auto place = EntryId::parse(id.text());
  driver::Delivered message{.native_id = id.text(),
                            .position = id.text(),
                            .deliveries = handed_out,
                            .published = driver::WallTime(std::chrono::milliseconds(place.milliseconds)),
                            .bytes = shared_from_this()};
  bool ours = false, described = false;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) ours = ours || fields[i].text() == field::body;
  std::pmr::vector<driver::Header> others(&memory_);
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto name = fields[i].text();
    const auto value = fields[i + 1];
    if (!ours && !again) {
      others.push_back({name, value.text()});
    } else if (!ours && name.starts_with(field::of_others)) {
      others.push_back({name.substr(1), value.text()});
    } else if (name == field::body) {
      message.body = std::as_bytes(std::span(value.text()));
    } else if (name == field::id) {
      message.id = value.text();
    } else if (name == field::meta) {
      if (const auto meta = decode_meta(value.text(), memory_)) {
        described = true;
        message.key = meta->key;
        message.attributes = meta->attributes;
        message.headers = meta->headers;
      }
    } else if (again && name == field::failures) {
      message.failures = static_cast<std::uint32_t>(value.number());
    } else if (again && name == field::first_failure) {
      message.first_failure = driver::WallTime(std::chrono::milliseconds(value.number()));
    } else if (again && name == field::handed_out) {
      message.deliveries = handed_out + static_cast<std::uint32_t>(value.number());
    } else {
      others.push_back({name, value.text()});
    }
  }
  if (!ours)
    read_others(message, others);
  else if (!described)
    message.headers = kept(others, memory_);
  if (message.id.empty()) message.id = id.text();
  return message;
}

void Batch::read_others(driver::Delivered& message, const std::pmr::vector<driver::Header>& fields) {
  if (fields.size() == 1) {
    message.body = std::as_bytes(std::span(fields.front().value));
    return;
  }
  static constexpr driver::Header type{"datacontenttype", "application/json"};
  message.body = std::as_bytes(std::span(fields_as_json(fields, memory_)));
  message.attributes = std::span(&type, 1);
}

}  // namespace ductape::inline v0::redis
