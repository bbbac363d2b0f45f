// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/envelope.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <ductape/units.hpp>

namespace ductape::inline v0::kafka {
namespace {

using driver::Header;

constexpr std::string_view prefix = "ce_", content_type = "content-type", content_type_attribute = "datacontenttype";

// Names are ASCII, and other clients write Content-Type.
bool is_content_type(std::string_view name) {
  return std::ranges::equal(name, content_type, [](char c, char wanted) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == wanted;
  });
}

std::string_view as_text(const void* data, std::size_t size) {
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

// One block holds everything: a message costs few allocations, and they are what reading costs.
void fill(Arrived& arrived, std::string_view topic, std::string_view key, std::string_view body, const Pairs& headers) {
  constexpr std::size_t longest_position = 32;
  std::size_t size = topic.size() + longest_position + key.size() + body.size();
  for (const auto& [name, value] : headers) size += name.size() + value.size();
  arrived.bytes.reserve(size);
  arrived.attributes.reserve(headers.size());
  const auto keep = [&](std::string_view text) {
    const auto at = arrived.bytes.size();
    arrived.bytes += text;
    return std::string_view(arrived.bytes).substr(at);
  };
  const auto keep_number = [&](std::int64_t number) {
    std::array<char, 20> digits{};
    return keep({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr});
  };
  keep(topic);
  keep(":");
  keep_number(arrived.partition);
  keep(":");
  keep_number(arrived.offset);
  arrived.native_id = arrived.bytes;
  arrived.position = arrived.native_id.substr(topic.size() + 1);
  arrived.key = keep(key);
  arrived.body = std::as_bytes(std::span(keep(body)));
  std::string_view partition_key;
  for (const auto& [name, value] : headers) {
    if (is_content_type(name)) {
      arrived.attributes.push_back({content_type_attribute, keep(value)});
    } else if (!name.starts_with(prefix)) {
      const auto kept = keep(name);
      arrived.headers.push_back({kept, keep(value)});
    } else if (const auto attribute = name.substr(prefix.size()); attribute == "id") {
      arrived.id = keep(value);
    } else if (attribute == "partitionkey") {
      partition_key = keep(value);
    } else {
      const auto kept = keep(attribute);
      arrived.attributes.push_back({kept, keep(value)});
    }
  }
  if (arrived.key.empty()) arrived.key = partition_key;
  if (arrived.id.empty()) arrived.id = arrived.native_id;
}

}  // namespace

HeadersPtr write_headers(const driver::Record& record) {
  HeadersPtr headers(rd_kafka_headers_new(record.attributes.size() + record.headers.size() + 2));
  const auto add = [&](std::string_view name, std::string_view value) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  };
  std::string name(prefix);
  const auto add_attribute = [&](std::string_view attribute, std::string_view value) {
    name.resize(prefix.size());
    name += attribute;
    add(name, value);
  };
  if (!record.id.empty()) add_attribute("id", record.id);
  if (!record.key.empty()) add_attribute("partitionkey", record.key);
  for (const auto& attribute : record.attributes)
    if (attribute.name == content_type_attribute)
      add(content_type, attribute.value);
    else
      add_attribute(attribute.name, attribute.value);
  for (const auto& header : record.headers) add(header.name, header.value);
  return headers;
}

std::int64_t timestamp_of(const driver::Record& record) {
  for (const auto& attribute : record.attributes)
    if (attribute.name == "time")
      if (const auto time = parse_time(attribute.value))
        return std::chrono::duration_cast<driver::Millis>(time->time_since_epoch()).count();
  return 0;
}

std::shared_ptr<const Arrived> read_message(const rd_kafka_message_t& message) {
  auto arrived = std::make_shared<Arrived>();
  arrived->partition = message.partition;
  arrived->offset = message.offset;
  rd_kafka_timestamp_type_t type{};
  arrived->timestamp = rd_kafka_message_timestamp(&message, &type);
  thread_local Pairs pairs;
  pairs.clear();
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i)
      pairs.emplace_back(name, as_text(value, size));
  }
  fill(*arrived, rd_kafka_topic_name(message.rkt), as_text(message.key, message.key_len),
       as_text(message.payload, message.len), pairs);
  return arrived;
}

std::shared_ptr<const Arrived> read_record(const driver::Record& record, std::int64_t offset) {
  auto arrived = std::make_shared<Arrived>();
  arrived->offset = offset;
  arrived->timestamp = timestamp_of(record);
  const auto headers = write_headers(record);
  Pairs pairs;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers.get(), i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i)
    pairs.emplace_back(name, as_text(value, size));
  fill(*arrived, {}, record.key, as_text(record.body.data(), record.body.size()), pairs);
  return arrived;
}

driver::Delivered delivered(std::shared_ptr<const Arrived> message) {
  driver::Delivered one{.id = message->id,
                        .key = message->key,
                        .native_id = message->native_id,
                        .position = message->position,
                        .body = message->body,
                        .attributes = message->attributes,
                        .headers = message->headers};
  if (message->timestamp > 0) one.published = driver::WallTime(driver::Millis(message->timestamp));
  one.bytes = std::move(message);
  return one;
}

}  // namespace ductape::inline v0::kafka
