// SPDX-License-Identifier: Apache-2.0
#include "providers/local/envelope.h"

#include <array>

namespace ductape::inline v0::local {
namespace {

constexpr char format = 1;
// Append only: the number of a name is in the files.
constexpr std::array<std::string_view, 8> names{"specversion",     "source",      "type",       "time",
                                                "datacontenttype", "traceparent", "tracestate", "partitionkey"};

void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(0x80 | (number & 0x7F));
  out += static_cast<char>(number);
}
void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}
void put_all(std::string& out, std::span<const driver::Header> entries) {
  put_number(out, entries.size());
  for (const auto& [name, value] : entries) {
    std::size_t index = 0;
    while (index < names.size() && names[index] != name) ++index;
    out += static_cast<char>(index < names.size() ? index + 1 : 0);
    if (index == names.size()) put_text(out, name);
    put_text(out, value);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    return broken_ = true, 0;
  }
  std::string_view text() {
    const auto size = number();
    if (size > in_.size()) return broken_ = true, std::string_view();
    const auto text = in_.substr(0, size);
    in_.remove_prefix(size);
    return text;
  }
  std::span<const driver::Header> all(std::pmr::memory_resource& memory) {
    const auto count = number();
    if (broken_ || count > in_.size()) return {};
    auto* entries =
        static_cast<driver::Header*>(memory.allocate(count * sizeof(driver::Header), alignof(driver::Header)));
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto code = number();
      const auto name = code == 0 ? text() : code <= names.size() ? names[code - 1] : std::string_view();
      new (entries + i) driver::Header{.name = name, .value = text()};
      if (broken_) return {entries, i};
    }
    return {entries, count};
  }

 private:
  std::string_view in_;
  bool broken_ = false;
};

// The value of a digit; 0x100, which a shift by 4 keeps out of a byte too, for what is none.
constexpr auto nibbles = [] {
  std::array<std::uint16_t, 256> table{};
  table.fill(0x100);
  for (std::size_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::uint16_t>(i);
  for (std::size_t i = 0; i < 6; ++i) table['a' + i] = static_cast<std::uint16_t>(10 + i);
  return table;
}();
constexpr bool is_dash(std::size_t index) { return index == 8 || index == 13 || index == 18 || index == 23; }

}  // namespace

void encode_meta(const driver::Record& record, std::string& out) {
  out += format;
  put_all(out, record.attributes);
  put_all(out, record.headers);
}

Meta decode_meta(std::string_view meta, std::pmr::memory_resource& memory) {
  if (meta.empty() || meta.front() != format) return {};
  Reader reader(meta.substr(1));
  const auto attributes = reader.all(memory);
  return {.attributes = attributes, .headers = reader.all(memory)};
}

bool pack_uuid(std::string_view id, unsigned char* bytes) {
  if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-') return false;
  // Where each byte's two digits stand. No branch for each digit: what is none sets the upper bits.
  static constexpr std::array<std::uint8_t, 16> places{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  unsigned wrong = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const unsigned value = nibbles[static_cast<unsigned char>(id[places[i]])] << 4 |
                           nibbles[static_cast<unsigned char>(id[places[i] + 1u])];
    wrong |= value;
    bytes[i] = static_cast<unsigned char>(value);
  }
  return wrong < 0x100;
}

void unpack_uuid(std::string_view bytes, char* out) {
  constexpr char digits[] = "0123456789abcdef";
  std::size_t in = 0;
  for (std::size_t i = 0; i < 36;) {
    if (is_dash(i)) {
      out[i++] = '-';
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes[in++]);
    out[i++] = digits[byte >> 4];
    out[i++] = digits[byte & 15];
  }
}

}  // namespace ductape::inline v0::local
