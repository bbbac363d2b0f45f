// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/envelope.h"

#include <algorithm>

namespace ductape::inline v0::nats {
namespace {

constexpr std::string_view prefix = "ce-", escaped = "%", server_prefix = "nats-", message_id = "nats-msg-id";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with(std::string_view text, std::string_view small) {
  return text.size() >= small.size() &&
         std::equal(small.begin(), small.end(), text.begin(), [](char wanted, char c) { return lower(c) == wanted; });
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '"' && c != '%') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// What is no escape stays as it is: who wrote it may not encode.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool travels_as_it_is(const driver::Header& header) {
  if (header.name.starts_with(escaped) || starts_with(header.name, server_prefix)) return false;
  // The client library takes the line after an empty value for the value.
  if (header.value.empty() || header.value.front() == ' ' || header.value.back() == ' ') return false;
  return std::ranges::all_of(header.value, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
}

}  // namespace

std::string deduplication_id(const driver::Record& record, std::string_view subject, bool own_stream) {
  std::string id = percent_encoded(record.id);
  if (own_stream) return id;
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = (hash ^ 0xff) * 1099511628211u;
  };
  add(subject);
  for (const auto& attribute : record.attributes) add(attribute.value);
  return id + '/' + std::to_string(hash);
}

WireHeaders write_headers(const driver::Record& record, const std::string& deduplication_id) {
  WireHeaders out;
  out.reserve(record.attributes.size() + record.headers.size() + 3);
  out.emplace_back("Nats-Msg-Id", deduplication_id);
  if (!record.id.empty()) out.emplace_back("ce-id", percent_encoded(record.id));
  if (!record.key.empty()) out.emplace_back("ce-partitionkey", percent_encoded(record.key));
  for (const auto& attribute : record.attributes)
    if (!attribute.value.empty())
      out.emplace_back(std::string(prefix) + std::string(attribute.name), percent_encoded(attribute.value));
  for (const auto& header : record.headers)
    if (travels_as_it_is(header))
      out.emplace_back(header.name, header.value);
    else
      out.emplace_back(std::string(escaped) + std::string(header.name), '=' + percent_encoded(header.value));
  return out;
}

Envelope read_headers(WireHeaders headers) {
  Envelope envelope;
  envelope.texts = std::move(headers);
  std::string_view deduplicated_by;
  for (auto& [name, value] : envelope.texts) {
    if (starts_with(name, prefix)) {
      name.erase(0, prefix.size());
      std::ranges::transform(name, name.begin(), lower);
      value = percent_decoded(value);
      if (name == "id")
        envelope.id = value;
      else if (name == "partitionkey")
        envelope.key = value;
      else
        envelope.attributes.push_back({name, value});
    } else if (starts_with(name, message_id) && name.size() == message_id.size()) {
      deduplicated_by = value;
    } else if (name.starts_with(escaped) && value.starts_with('=')) {
      name.erase(0, escaped.size());
      value = percent_decoded(std::string_view(value).substr(1));
      envelope.headers.push_back({name, value});
    } else if (!starts_with(name, server_prefix)) {
      envelope.headers.push_back({name, value});
    }
  }
  if (envelope.id.empty()) envelope.id = deduplicated_by;
  return envelope;
}

}  // namespace ductape::inline v0::nats
