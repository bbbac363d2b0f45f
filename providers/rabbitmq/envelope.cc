// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/envelope.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>

#include <ductape/units.hpp>

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::string_view prefix = "ce-";
constexpr std::array<std::string_view, 3> read_prefixes{prefix, "cloudEvents:", "cloudEvents_"};
constexpr std::size_t longest_short_text = 255;
constexpr std::uint8_t persistent = 2;
// What the server reads, writes or refuses as a text.
constexpr std::array<std::string_view, 7> server_prefixes{
    "x-death", "x-first-death", "x-last-death", "x-delivery", "x-received-from", "x-stream", "x-delay"};

bool is_of_server(std::string_view name) {
  return name == "CC" || name == "BCC" ||
         std::ranges::any_of(server_prefixes, [&](std::string_view begin) { return name.starts_with(begin); });
}

bool is_escaped(std::string_view name) {
  return name.starts_with('%') && (is_of_server(name.substr(1)) || is_escaped(name.substr(1)));
}

// Two messages of a client that gives no id are two, also when they are alike.
std::string made_id() {
  static const std::string process = [] {
    std::random_device random;
    return std::to_string(random()) + std::to_string(random());
  }();
  static std::atomic<std::uint64_t> count = 0;
  return "amqp-" + process + '-' + std::to_string(++count);
}

}  // namespace

Result<void> write_properties(const driver::Record& record, driver::WallTime now, std::uint32_t frame_max,
                              std::string& out) {
  thread_local std::vector<std::string> names;  // as they stand on the wire
  thread_local std::vector<amqp_table_entry_t> entries;
  const auto count = record.attributes.size() + record.headers.size() + 2;
  if (names.size() < count) names.resize(count);
  entries.clear();
  const auto add = [&](std::string_view before, std::string_view name, std::string_view value) {
    auto& whole = names[entries.size()];
    whole.assign(before).append(name);
    amqp_table_entry_t entry{};
    entry.key = bytes_of(whole);
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes_of(value);
    entries.push_back(entry);
  };

  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
  properties.delivery_mode = persistent;
  properties.timestamp = static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(now));
  if (!record.id.empty()) add(prefix, "id", record.id);
  if (!record.id.empty() && record.id.size() <= longest_short_text) {
    properties._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
    properties.message_id = bytes_of(record.id);
  }
  if (!record.key.empty()) add(prefix, "partitionkey", record.key);
  for (const auto& [name, value] : record.attributes) {
    if (name == "datacontenttype" && value.size() <= longest_short_text) {
      properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
      properties.content_type = bytes_of(value);
    } else {
      add(prefix, name, value);
    }
  }
  for (const auto& [name, value] : record.headers)
    add(is_of_server(name) || is_escaped(name) ? "%" : std::string_view(), name, value);
  properties.headers = {.num_entries = static_cast<int>(entries.size()), .entries = entries.data()};
  if (encode_properties(out, frame_max, properties)) return {};
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.key.len + entry.value.value.bytes.len;
  return failure(Errc::message_too_large,
                 "the headers of a message have " + std::to_string(bytes) +
                     " bytes, ours included; rabbitmq carries them in one frame of at most " +
                     std::to_string(frame_max) + ", and a name of at most 255",
                 "put them into the message, or raise the server's frame_max and native.frame-max");
}

Content::Content(const amqp_basic_properties_t& properties, std::string_view raw, std::uint64_t body_size)
    : raw_(raw), raw_begin_(raw.data()), body_size_(body_size) {
  // Whoever says how large it is need not be believed before it comes.
  constexpr std::uint64_t believed = 1 << 20;
  body_.reserve(std::min(body_size, believed));
  const auto has = [&](amqp_flags_t flag) { return (properties._flags & flag) != 0; };
  std::string_view message_id;
  if (has(AMQP_BASIC_MESSAGE_ID_FLAG)) message_id = here(properties.message_id);
  if (has(AMQP_BASIC_TIMESTAMP_FLAG))
    published_ = std::chrono::system_clock::from_time_t(
        static_cast<std::time_t>(std::min<std::uint64_t>(properties.timestamp, 8'000'000'000)));
  if (has(AMQP_BASIC_HEADERS_FLAG)) {
    attributes_.reserve(static_cast<std::size_t>(properties.headers.num_entries) + 1);
    for (int i = 0; i < properties.headers.num_entries; ++i)
      read_header(here(properties.headers.entries[i].key), properties.headers.entries[i].value);
  }
  const bool typed = std::ranges::any_of(attributes_, [](const auto& one) { return one.name == "datacontenttype"; });
  if (has(AMQP_BASIC_CONTENT_TYPE_FLAG) && !typed)
    attributes_.push_back({"datacontenttype", here(properties.content_type)});
  if (id_.empty()) id_ = message_id;
  if (id_.empty()) id_ = made_.emplace_front(made_id());
}

std::string_view Content::here(const amqp_bytes_t& bytes) const {
  const auto at = static_cast<std::size_t>(static_cast<const char*>(bytes.bytes) - raw_begin_);
  return bytes.len == 0 || at + bytes.len > raw_.size() ? std::string_view()
                                                        : std::string_view(raw_).substr(at, bytes.len);
}

std::optional<std::string_view> Content::text_of(const amqp_field_value_t& value) {
  const auto number = [&](auto one) -> std::string_view { return made_.emplace_front(std::to_string(one)); };
  switch (value.kind) {
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
      return here(value.value.bytes);
    case AMQP_FIELD_KIND_BOOLEAN:
      return value.value.boolean != 0 ? "true" : "false";
    case AMQP_FIELD_KIND_I8:
      return number(static_cast<int>(value.value.i8));
    case AMQP_FIELD_KIND_U8:
      return number(static_cast<unsigned>(value.value.u8));
    case AMQP_FIELD_KIND_I16:
      return number(value.value.i16);
    case AMQP_FIELD_KIND_U16:
      return number(value.value.u16);
    case AMQP_FIELD_KIND_I32:
      return number(value.value.i32);
    case AMQP_FIELD_KIND_U32:
      return number(value.value.u32);
    case AMQP_FIELD_KIND_I64:
      return number(value.value.i64);
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
      return number(value.value.u64);
    case AMQP_FIELD_KIND_F32:
      return number(value.value.f32);
    case AMQP_FIELD_KIND_F64:
      return number(value.value.f64);
    default:
      return std::nullopt;  // lists and tables are no text
  }
}

void Content::read_header(std::string_view name, const amqp_field_value_t& value) {
  if (is_of_server(name)) {
    const auto count = name == "x-delivery-count" ? text_of(value) : std::nullopt;
    if (count) delivery_count_ = static_cast<std::uint32_t>(std::strtoul(std::string(*count).c_str(), nullptr, 10));
    return;
  }
  const auto text = text_of(value);
  if (!text) return;
  for (const auto begin : read_prefixes) {
    if (!name.starts_with(begin) || name.size() == begin.size()) continue;
    const auto attribute = name.substr(begin.size());
    if (attribute == "id")
      id_ = *text;
    else if (attribute == "partitionkey")
      key_ = *text;
    else
      attributes_.push_back({attribute, *text});
    return;
  }
  headers_.push_back({is_escaped(name) ? name.substr(1) : name, *text});
}

driver::Delivered Content::delivered(const std::shared_ptr<const Content>& content) {
  return {.id = content->id_,
          .key = content->key_,
          .native_id = content->id_,
          .body = std::as_bytes(std::span(content->body_)),
          .attributes = content->attributes_,
          .headers = content->headers_,
          .published = content->published_,
          .bytes = content};
}

}  // namespace ductape::inline v0::rabbitmq
