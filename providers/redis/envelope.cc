// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/envelope.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {
namespace {

using driver::Header;

constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 256; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

void write_text(std::string_view text, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (auto begin = text.begin(); begin != text.end();) {
    const auto end = std::find_if(begin, text.end(), [](char c) { return !plain[static_cast<unsigned char>(c)]; });
    out.append(begin, end);
    if (end == text.end()) break;
    const auto c = static_cast<unsigned char>(*end);
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else {
      out += "\\u00";
      out += {digits[c >> 4], digits[c & 15]};
    }
    begin = end + 1;
  }
  out += '"';
}

bool is_utf8(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }) ||
         simdjson::validate_utf8(text.data(), text.size());
}

Error not_text(const std::string& what) {
  return failure(Errc::invalid_argument, what + " is not UTF-8, and redis carries it in JSON",
                 "encode it (base64), or put it into the message");
}

void write_member(std::string_view name, std::string_view value, std::string& out) {
  write_text(name, out);
  out += ':';
  write_text(value, out);
}

bool names_repeat(std::span<const Header> headers) {
  for (std::size_t i = 1; i < headers.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (headers[i].name == headers[k].name) return true;
  return false;
}

std::string_view keep(std::string_view text, std::pmr::memory_resource& memory) {
  if (text.empty()) return {};
  auto* at = static_cast<char*>(memory.allocate(text.size(), 1));
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

using simdjson::dom::element;

void read_headers(const element& from, std::pmr::vector<Header>& headers, std::pmr::memory_resource& memory) {
  const auto add = [&](std::string_view name, std::string_view value) {
    headers.push_back({keep(name, memory), keep(value, memory)});
  };
  if (simdjson::dom::object object; from.get(object) == simdjson::SUCCESS) {
    for (const auto entry : object)
      if (std::string_view value; entry.value.get(value) == simdjson::SUCCESS) add(entry.key, value);
  } else if (simdjson::dom::array pairs; from.get(pairs) == simdjson::SUCCESS) {
    for (const auto pair : pairs) {
      std::string_view name, value;
      if (pair.at(0).get(name) == simdjson::SUCCESS && pair.at(1).get(value) == simdjson::SUCCESS) add(name, value);
    }
  }
}

std::span<const Header> kept(const std::pmr::vector<Header>& list, std::pmr::memory_resource& memory) {
  if (list.empty()) return {};
  auto* at = static_cast<Header*>(memory.allocate(list.size() * sizeof(Header), alignof(Header)));
  std::uninitialized_copy(list.begin(), list.end(), at);
  return {at, list.size()};
}

}  // namespace

Result<void> encode_meta(const driver::Record& record, std::string& out) {
  out = "{";
  for (const auto& [name, value] : record.attributes) {
    if (!is_utf8(value)) return not_text("attribute " + std::string(name));
    write_member(name, value, out);
    out += ',';
  }
  if (!record.key.empty()) {
    if (!is_utf8(record.key)) return not_text("the key");
    write_member("partitionkey", record.key, out);
    out += ',';
  }
  if (!record.headers.empty()) {
    const bool pairs = names_repeat(record.headers);
    out += pairs ? R"("headers":[)" : R"("headers":{)";
    for (const auto& [name, value] : record.headers) {
      if (!is_utf8(value)) return not_text("header " + std::string(name));
      if (pairs) {
        out += '[';
        write_text(name, out);
        out += ',';
        write_text(value, out);
        out += ']';
      } else {
        write_member(name, value, out);
      }
      out += ',';
    }
    out.back() = pairs ? ']' : '}';
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += '}';
  return {};
}

void add_fields(Command& command, const driver::Record& record, std::string_view meta) {
  const std::string_view body(reinterpret_cast<const char*>(record.body.data()), record.body.size());
  for (const auto part : {field::body, body, field::id, record.id, field::meta, meta}) command.add(part);
}

std::optional<Meta> decode_meta(std::string_view meta, std::pmr::memory_resource& memory) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(meta.data(), meta.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  Meta found;
  std::pmr::vector<Header> attributes(&memory), headers(&memory);
  attributes.reserve(8);
  for (const auto entry : object) {
    std::string_view value;
    if (entry.key == "headers") {
      read_headers(entry.value, headers, memory);
    } else if (entry.value.get(value) == simdjson::SUCCESS) {
      if (entry.key == "partitionkey")
        found.key = keep(value, memory);
      else
        attributes.push_back({keep(entry.key, memory), keep(value, memory)});
    }
  }
  found.attributes = kept(attributes, memory);
  found.headers = kept(headers, memory);
  return found;
}

}  // namespace ductape::inline v0::redis
