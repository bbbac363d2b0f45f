// SPDX-License-Identifier: Apache-2.0
// What the metadata of a commit says of a group's place, which any client of the group may have written.
#include "providers/kafka/progress.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

constexpr std::int64_t offset = 1'000;

bool same(const kafka::Standing& a, const kafka::Standing& b) {
  return a.offset == b.offset && a.starts == b.starts && a.alone == b.alone && a.done.ranges() == b.done.ranges();
}

void read_metadata(std::string_view text) {
  auto standing = kafka::read_standing(offset, text);
  const auto all = standing;
  const auto metadata = kafka::write_metadata(standing);
  require(metadata.size() <= 4'096, "brokers take it");
  require(same(kafka::read_standing(offset, metadata), standing), "what was read is written as it was");
  for (const auto& [first, last] : standing.done.ranges())
    require(first >= offset && last >= first && all.done.contains(first) && all.done.contains(last),
            "it names what is finished and nothing else");
}

// Whatever it said, a member comes through what is there: what goes out next has its outcome, one after the other.
void go_through(std::string_view text) {
  constexpr std::int64_t messages = 600;
  kafka::Progress progress(kafka::read_standing(offset, text));
  progress.start();
  std::int64_t handed_out = 0, finished = 0;
  for (auto at = offset; at < offset + messages; ++at) {
    if (progress.fetched(at)) {
      ++finished;
      continue;
    }
    require(progress.may_hand_out(at), "the first that has no outcome may go out");
    while (!progress.goes(at)) progress.take_ended(progress.take(false), true);
    require(progress.deliveries(at) > 0, "and this is a delivery");
    progress.done(at);
    ++handed_out;
  }
  require(handed_out + finished == messages && progress.offset() == offset + messages, "nothing is left");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_metadata(fuzz::text_of(data, size));
  go_through(fuzz::text_of(data, size));
  return 0;
}
