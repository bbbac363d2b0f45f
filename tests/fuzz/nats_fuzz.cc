// SPDX-License-Identifier: Apache-2.0
// What a message says of itself: its header lines, in base64 too, and the subject that it is acknowledged to.
#include <algorithm>

#include "providers/nats/ack_subject.h"
#include "providers/nats/base64.h"
#include "providers/nats/envelope.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;
using Headers = std::vector<driver::Header>;

bool same(const Headers& a, const Headers& b) {
  return std::ranges::equal(
      a, b, [](const auto& one, const auto& other) { return one.name == other.name && one.value == other.value; });
}

void read_lines(std::string_view text) {
  const auto given = nats::parse_header_lines(text);
  auto envelope = nats::read_headers(given);
  const auto lines = nats::write_headers(
      {.id = envelope.id, .key = envelope.key, .attributes = envelope.attributes, .headers = envelope.headers},
      "deduplicated by");
  const auto written = nats::parse_header_lines(lines);
  for (const auto& [name, value] : written)
    require(value.find_first_of("\r\n") == value.npos, "no value ends its line");
  const auto again = nats::read_headers(written);
  std::erase_if(envelope.attributes, [](const auto& attribute) { return attribute.value.empty(); });
  require(again.id == (envelope.id.empty() ? "deduplicated by" : envelope.id) && again.key == envelope.key &&
              same(again.attributes, envelope.attributes) && same(again.headers, envelope.headers),
          "what was read is written, and read as the same");
}

void read_subject(std::string_view text) {
  const auto position = nats::read_ack_subject(text);
  require(!position || text.starts_with("$JS.ACK."), "only an ack's subject tells where a message is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  read_lines(text);
  read_subject(text);
  const auto bytes = nats::from_base64(text);
  require(bytes.size() <= size, "base64 is longer than what it stands for");
  read_lines(bytes);
  return 0;
}
