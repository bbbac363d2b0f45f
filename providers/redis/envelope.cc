// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/envelope.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
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

/// What in eight bytes at a time is not printable ASCII, or is one of two characters. A bit may also be set beside one
/// that is rightly set.
constexpr std::uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
std::uint64_t odd(std::uint64_t word, std::uint64_t a, std::uint64_t b) {
  const auto zero = [](std::uint64_t x) { return (x - ones) & ~x; };
  return (word | (word - 0x20 * ones) | zero(word ^ a * ones) | zero(word ^ b * ones)) & highs;
}

bool is_plain(std::string_view text, char a, char b) {
  std::uint64_t found = 0, word = 0;
  const auto one = static_cast<unsigned char>(a), other = static_cast<unsigned char>(b);
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    found |= odd(word, one, other);
  }
  word = ' ' * ones;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());  // an empty view may have no address
  return (found | odd(word, one, other)) == 0;
}

// Nearly all is ASCII that JSON takes as it is, which goes in one pass.
class PlainWriter {
 public:
  explicit PlainWriter(char* at) : at_(at) {}
  void mark(char c) { *at_++ = c; }
  void text(std::string_view text) {
    all_plain_ &= is_plain(text, '"', '\\');
    mark('"');
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    mark('"');
  }
  void member(std::string_view name, std::string_view value) {
    text(name);
    mark(':');
    text(value);
    mark(',');
  }
  [[nodiscard]] bool all_plain() const { return all_plain_; }
  [[nodiscard]] char* at() const { return at_; }

 private:
  char* at_;
  bool all_plain_ = true;
};

// False if something is not plain, and then `out` is of no use.
bool write_plain(const driver::Record& record, std::string& out) {
  if (!record.headers.empty()) return false;
  std::size_t most = sizeof R"({"partitionkey":"",})" + record.key.size();
  for (const auto& [name, value] : record.attributes) most += name.size() + value.size() + sizeof R"("":"",)";
  out.resize(most);
  PlainWriter writer(out.data());
  writer.mark('{');
  for (const auto& [name, value] : record.attributes) writer.member(name, value);
  if (!record.key.empty()) writer.member("partitionkey", record.key);
  out.resize(static_cast<std::size_t>(writer.at() - out.data()));
  if (out.back() == ',') out.pop_back();
  out += '}';
  return writer.all_plain();
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

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) out += {digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
  return out;
}

}  // namespace

std::span<const Header> kept(const std::pmr::vector<Header>& list, std::pmr::memory_resource& memory) {
  if (list.empty()) return {};
  auto* at = static_cast<Header*>(memory.allocate(list.size() * sizeof(Header), alignof(Header)));
  std::uninitialized_copy(list.begin(), list.end(), at);
  return {at, list.size()};
}

std::string_view fields_as_json(std::span<const Header> fields, std::pmr::memory_resource& memory) {
  std::vector<std::pair<std::string, std::vector<std::string>>> values;  // in the order of the entry
  for (const auto& [name, value] : fields) {
    const bool is_text = is_utf8(value);
    auto key = (is_utf8(name) ? std::string(name) : hex(name)) + (is_text ? "" : "_hex");
    auto known = std::ranges::find(values, key, &std::pair<std::string, std::vector<std::string>>::first);
    if (known == values.end()) known = values.insert(values.end(), {std::move(key), {}});
    known->second.push_back(is_text ? std::string(value) : hex(value));
  }
  std::string out = "{";
  for (const auto& [name, all] : values) {
    write_text(name, out);
    out += all.size() == 1 ? ":" : ":[";
    for (const auto& value : all) {
      write_text(value, out);
      out += ',';
    }
    if (all.size() > 1) {
      out.back() = ']';
      out += ',';
    }
  }
  if (out.back() == ',') out.pop_back();
  return keep(out += '}', memory);
}

Result<void> encode_meta(const driver::Record& record, std::string& out) {
  if (write_plain(record, out)) return {};
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

namespace {

// What `write_plain` writes. False if it is something else.
bool read_plain(std::string_view meta, Meta& found, std::pmr::memory_resource& memory) {
  if (!meta.starts_with("{\"") || !meta.ends_with("\"}") || !is_plain(meta, '\\', '\\')) return false;
  std::pmr::vector<Header> attributes(&memory);
  attributes.reserve(8);
  meta.remove_prefix(1);
  const auto text = [&](char behind) -> std::optional<std::string_view> {
    if (meta.front() != '"') return std::nullopt;
    const auto end = meta.find('"', 1);
    if (end == std::string_view::npos || end + 1 >= meta.size() || meta[end + 1] != behind) return std::nullopt;
    const auto found_text = meta.substr(1, end - 1);
    meta.remove_prefix(end + 2);
    return found_text;
  };
  while (!meta.empty()) {
    const auto name = text(':');
    if (!name || meta.empty()) return false;
    auto value = text(',');
    if (!value) value = text('}');
    if (!value || (meta.empty() != (value->data()[value->size() + 1] == '}'))) return false;
    if (*name == "partitionkey")
      found.key = *value;
    else
      attributes.push_back({*name, *value});
  }
  found.attributes = kept(attributes, memory);
  return true;
}

}  // namespace

std::optional<Meta> decode_meta(std::string_view meta, std::pmr::memory_resource& memory) {
  if (Meta quick; read_plain(meta, quick, memory)) return quick;
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
