// SPDX-License-Identifier: Apache-2.0
// What comes back from a store or a server: attributes, headers, ids, and the numbers and times in them.
#include "providers/local/envelope.h"

#include <algorithm>
#include <array>

#include <ductape/units.hpp>

#include "src/pipeline/journey.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

bool same(std::span<const driver::Header> a, std::span<const driver::Header> b) {
  return std::ranges::equal(
      a, b, [](const auto& one, const auto& other) { return one.name == other.name && one.value == other.value; });
}

void read_number(std::string_view text) {
  const driver::Header attribute{.name = "retrydue", .value = text};
  const auto number = pipeline::number({&attribute, 1}, attribute.name);
  if (!number) return;
  require(!text.empty() && text.find_first_not_of("0123456789") == text.npos, "a number is made of digits");
  const auto time = pipeline::from_milliseconds(*number);
  require(time >= driver::WallTime{}, "no time of ours is before 1970");
  (void)parse_time(format_time(time));
  const auto kept = pipeline::in_milliseconds(time);
  require(pipeline::in_milliseconds(pipeline::from_milliseconds(std::stoull(kept))) == kept,
          "a time written is read as the same");
}

void read_time(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) return;
  const auto again = parse_time(format_time(*time));
  require(again, "a time printed is a time");
  require(format_time(*again) == format_time(*time), "and the same one");
}

void read_id(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, 36> printed{};
  if (local::pack_uuid(text, bytes.data())) {
    local::unpack_uuid(fuzz::text_of(bytes.data(), bytes.size()), printed.data());
    require(std::string_view(printed.data(), printed.size()) == text, "an id comes back as it was");
  }
  if (text.size() != bytes.size()) return;
  local::unpack_uuid(text, printed.data());
  require(local::pack_uuid({printed.data(), printed.size()}, bytes.data()) &&
              fuzz::text_of(bytes.data(), bytes.size()) == text,
          "an id's bytes come back as they were");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  std::pmr::monotonic_buffer_resource memory;
  const auto meta = local::decode_meta(text, memory);
  std::string encoded;
  local::encode_meta({.attributes = meta.attributes, .headers = meta.headers}, encoded);
  const auto again = local::decode_meta(encoded, memory);
  require(same(meta.attributes, again.attributes) && same(meta.headers, again.headers), "what was decoded is encoded");

  for (const auto& entries : {meta.attributes, meta.headers})
    for (const auto& entry : entries) {
      read_number(entry.value);
      read_time(entry.value);
      read_id(entry.value);
    }
  read_number(text);
  read_time(text);
  read_id(text);
  return 0;
}
