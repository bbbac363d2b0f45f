// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/envelope.h"

#include <algorithm>
#include <array>

#include <ductape/driver/percent_decoded.hpp>

namespace ductape::inline v0::nats {
namespace {

constexpr std::string_view prefix = "ce-", escaped = "%", server_prefix = "nats-", message_id = "nats-msg-id",
                           content_type = "content-type";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with(std::string_view text, std::string_view small) {
  return text.size() >= small.size() &&
         std::equal(small.begin(), small.end(), text.begin(), [](char wanted, char c) { return lower(c) == wanted; });
}

constexpr auto may_stay = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = '!'; c <= '~'; ++c) table[c] = c != '"' && c != '%';
  return table;
}();

void percent_encode(std::string_view text, std::string& out) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (auto begin = text.begin(); begin != text.end();) {
    const auto end = std::find_if(begin, text.end(), [](char c) { return !may_stay[static_cast<unsigned char>(c)]; });
    out.append(begin, end);
    if (end == text.end()) break;
    const auto byte = static_cast<unsigned char>(*end);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
    begin = end + 1;
  }
}

// CloudEvents' NATS binding knows a whole event in the body by this header.
bool says_event(std::string_view name, std::string_view value) {
  return name.size() == content_type.size() && starts_with(name, content_type) &&
         starts_with(value, "application/cloudevents") &&
         std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

bool travels_as_it_is(const driver::Header& header) {
  if (says_event(header.name, header.value)) return false;
  if (header.name.starts_with(escaped) || starts_with(header.name, server_prefix)) return false;
  if (starts_with(header.name, prefix)) return false;  // it would be read as an attribute
  // The client library takes the line after an empty value for the value.
  if (header.value.empty() || header.value.front() == ' ' || header.value.back() == ' ') return false;
  return std::ranges::all_of(header.value, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
}

}  // namespace

std::string deduplication_id(const driver::Record& record, std::string_view subject, bool own_stream) {
  std::string id;
  percent_encode(record.id, id);
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

void add_header_line(std::string_view name, std::string_view value, std::string& lines) {
  lines.append(name).append(": ").append(value).append("\r\n");
}

std::vector<driver::Header> parse_header_lines(std::string_view lines) {
  std::vector<driver::Header> headers;
  headers.reserve(12);
  for (auto end = lines.find("\r\n"); end != std::string_view::npos; end = lines.find("\r\n")) {
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    headers.push_back({line.substr(0, colon), value});
  }
  return headers;
}

std::string write_headers(const driver::Record& record, std::string_view deduplication_id) {
  std::string lines;
  lines.reserve(512);
  const auto add_attribute = [&](std::string_view name, std::string_view value) {
    lines.append(prefix).append(name).append(": ");
    percent_encode(value, lines);
    lines += "\r\n";
  };
  add_header_line("Nats-Msg-Id", deduplication_id, lines);
  if (!record.id.empty()) add_attribute("id", record.id);
  if (!record.key.empty()) add_attribute("partitionkey", record.key);
  for (const auto& attribute : record.attributes)
    if (attribute.name == "datacontenttype" && says_event(content_type, attribute.value))
      add_header_line("Content-Type", attribute.value, lines);
    else if (!attribute.value.empty())
      add_attribute(attribute.name, attribute.value);
  for (const auto& header : record.headers) {
    if (travels_as_it_is(header)) {
      add_header_line(header.name, header.value, lines);
    } else {
      lines.append(escaped).append(header.name).append(": =");
      percent_encode(header.value, lines);
      lines += "\r\n";
    }
  }
  return lines;
}

Envelope read_headers(std::span<const driver::Header> headers) {
  Envelope envelope;
  const auto keep = [&](std::string text) -> std::string_view { return envelope.texts.emplace_front(std::move(text)); };
  const auto decoded = [&](std::string_view value) {
    return value.find('%') == std::string_view::npos ? value : keep(driver::percent_decoded(value));
  };
  const auto small = [&](std::string_view name) {
    if (std::ranges::all_of(name, [](char c) { return c == lower(c); })) return name;
    std::string text(name);
    std::ranges::transform(text, text.begin(), lower);
    return keep(std::move(text));
  };
  envelope.attributes.reserve(headers.size());
  std::string_view deduplicated_by;
  for (const auto& [name, value] : headers) {
    if (starts_with(name, prefix)) {
      const auto attribute = small(name.substr(prefix.size()));
      if (attribute == "id")
        envelope.id = decoded(value);
      else if (attribute == "partitionkey")
        envelope.key = decoded(value);
      else
        envelope.attributes.push_back({attribute, decoded(value)});
    } else if (starts_with(name, message_id) && name.size() == message_id.size()) {
      deduplicated_by = value;
    } else if (name.starts_with(escaped) && value.starts_with('=')) {
      envelope.headers.push_back({name.substr(escaped.size()), decoded(value.substr(1))});
    } else if (says_event(name, value)) {
      envelope.attributes.push_back({"datacontenttype", value});
    } else if (!starts_with(name, server_prefix)) {
      envelope.headers.push_back({name, value});
    }
  }
  if (envelope.id.empty()) envelope.id = deduplicated_by;
  return envelope;
}

}  // namespace ductape::inline v0::nats
