// SPDX-License-Identifier: Apache-2.0
// What a server sends: frames in whatever pieces, and in them what a message says of itself.
#include <algorithm>

#include "providers/rabbitmq/envelope.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;
using Contents = std::vector<std::shared_ptr<rabbitmq::Content>>;

constexpr std::uint32_t frame_max = 4'096;

struct Came {
  Contents contents;
  std::size_t frames = 0;
  bool is_amqp = true;
};

void take(rabbitmq::FrameReader& reader, std::string_view bytes, Came& came) {
  if (!came.is_amqp) return;
  came.is_amqp = reader.read(bytes, [&](const amqp_frame_t& frame) {
    ++came.frames;
    if (frame.frame_type == AMQP_FRAME_HEADER)
      came.contents.push_back(std::make_shared<rabbitmq::Content>(
          *static_cast<amqp_basic_properties_t*>(frame.payload.properties.decoded),
          rabbitmq::view_of(frame.payload.properties.raw), frame.payload.properties.body_size));
    else if (frame.frame_type == AMQP_FRAME_BODY && !came.contents.empty() && !came.contents.back()->is_whole())
      came.contents.back()->add_body(rabbitmq::view_of(frame.payload.body_fragment));
    return true;
  });
}

Came read(std::string_view bytes, std::size_t cut) {
  rabbitmq::FrameReader reader;
  Came came;
  take(reader, bytes.substr(0, cut), came);
  take(reader, bytes.substr(cut), came);
  return came;
}

bool same(std::span<const driver::Header> a, std::span<const driver::Header> b) {
  const auto of = [](std::span<const driver::Header> headers) {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const auto& [name, value] : headers) all.emplace_back(name, value);
    std::ranges::sort(all);
    return all;
  };
  return of(a) == of(b);
}

bool same(const driver::Delivered& a, const driver::Delivered& b) {
  return a.id == b.id && a.key == b.key && same(a.attributes, b.attributes) && same(a.headers, b.headers) &&
         std::ranges::equal(a.body, b.body);
}

// It may not fit: a name is longer with what we write before it.
void write_again(const std::shared_ptr<rabbitmq::Content>& content) {
  const auto given = rabbitmq::Content::delivered(content);
  const driver::Record record{
      .id = given.id, .key = given.key, .body = given.body, .attributes = given.attributes, .headers = given.headers};
  std::string properties, bytes;
  if (!rabbitmq::write_properties(record, driver::WallTime(), frame_max, properties)) return;
  require(properties.size() < frame_max, "what is written fits a frame");
  rabbitmq::write_content(bytes, 1, frame_max, properties, content->body());
  const auto again = read(bytes, bytes.size());
  require(again.is_amqp && again.contents.size() == 1 && again.contents[0]->is_whole(), "what is written is read");
  require(same(rabbitmq::Content::delivered(again.contents[0]), given), "and as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  const auto whole = read(bytes, size);
  const auto pieces = read(bytes, size / 2);
  require(whole.is_amqp == pieces.is_amqp && whole.frames == pieces.frames &&
              whole.contents.size() == pieces.contents.size(),
          "pieces are read like the whole");
  for (const auto& content : whole.contents) write_again(content);
  return 0;
}
