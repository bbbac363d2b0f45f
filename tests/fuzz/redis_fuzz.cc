// SPDX-License-Identifier: Apache-2.0
// What a stream's entry says of a message: its `meta`, and the entry's id.
#include <algorithm>

#include "providers/redis/envelope.h"
#include "providers/redis/message.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

bool same(std::span<const driver::Header> a, std::span<const driver::Header> b) {
  return std::ranges::equal(
      a, b, [](const auto& one, const auto& other) { return one.name == other.name && one.value == other.value; });
}

void read_meta(std::string_view text) {
  std::pmr::monotonic_buffer_resource memory;
  const auto meta = redis::decode_meta(text, memory);
  if (!meta) return;
  std::string encoded;
  require(
      redis::encode_meta({.key = meta->key, .attributes = meta->attributes, .headers = meta->headers}, encoded).ok(),
      "what was decoded can be encoded");
  const auto again = redis::decode_meta(encoded, memory);
  require(again && again->key == meta->key && same(again->attributes, meta->attributes) &&
              same(again->headers, meta->headers),
          "and decoded to the same");
}

void read_id(std::string_view text) {
  const auto id = redis::EntryId::parse(text);
  require(redis::EntryId::parse(id.text()) == id, "an entry's id is read as it is written");
  require(id.before() < id || id == redis::EntryId(), "what is before it is smaller");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_meta(fuzz::text_of(data, size));
  read_id(fuzz::text_of(data, size));
  return 0;
}
