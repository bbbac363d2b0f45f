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

driver::Delivered Batch::read(ReplyView id, ReplyView fields, std::uint32_t handed_out) {
  const auto place = EntryId::parse(id.text());
  driver::Delivered message{.native_id = id.text(),
                            .position = id.text(),
                            .deliveries = handed_out,
                            .published = driver::WallTime(std::chrono::milliseconds(place.milliseconds)),
                            .bytes = shared_from_this()};
  bool ours = false;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto name = fields[i].text();
    const auto value = fields[i + 1];
    if (name == field::body) {
      ours = true;
      message.body = std::as_bytes(std::span(value.text()));
    } else if (name == field::id) {
      message.id = value.text();
    } else if (name == field::meta) {
      if (const auto meta = decode_meta(value.text(), memory_)) {
        message.key = meta->key;
        message.attributes = meta->attributes;
        message.headers = meta->headers;
      }
    } else if (name == field::failures) {
      message.failures = static_cast<std::uint32_t>(value.number());
    } else if (name == field::first_failure) {
      message.first_failure = driver::WallTime(std::chrono::milliseconds(value.number()));
    } else if (name == field::handed_out) {
      message.deliveries = handed_out + static_cast<std::uint32_t>(value.number());
    }
  }
  if (!ours) message.body = std::as_bytes(std::span(body_of(fields)));
  if (message.id.empty()) message.id = id.text();
  return message;
}

std::string_view Batch::body_of(ReplyView fields) { return fields.size() == 2 ? fields[1].text() : std::string_view(); }

}  // namespace ductape::inline v0::redis
