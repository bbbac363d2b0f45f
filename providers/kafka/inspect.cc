// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/inspect.h"

#include <algorithm>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

using driver::GroupState;
using Counts = std::map<std::string, std::int32_t>;
using Committed = std::map<TopicPartition, Standing>;

/// Of some topics: how far their logs go, and what a group has committed of them.
struct Seen {
  OffsetsOf begin = {}, end = {};
  Committed committed = {};

  /// What is there and not finished. A partition that was never committed counts from its beginning.
  [[nodiscard]] std::uint64_t left() const {
    std::uint64_t left = 0;
    for (const auto& [partition, last] : end) {
      const auto found = committed.find(partition);
      const auto first = begin.at(partition);
      const auto from = std::max(first, found == committed.end() ? first : found->second.offset);
      if (last <= from) continue;
      left += static_cast<std::uint64_t>(last - from);
      if (found == committed.end()) continue;
      const auto& done = found->second.done;
      left -= std::min(left, done.count_below(last) - done.count_below(from));
    }
    return left;
  }
};

void look(const std::shared_ptr<Link>& link, const std::string& group_id, const Counts& topics, Done<Seen> done) {
  const auto partitions = partitions_of(topics);
  if (partitions.empty()) return done(Seen());
  OffsetsOf first, last;
  for (const auto& partition : partitions) {
    first.emplace(partition, RD_KAFKA_OFFSET_SPEC_EARLIEST);
    last.emplace(partition, RD_KAFKA_OFFSET_SPEC_LATEST);
  }
  // The commit before the end: what comes in between waits, and is not finished behind the end.
  link->list_committed(group_id, partitions, [=, done = std::move(done)](Result<Committed> committed) {
    if (!committed) return done(std::move(committed).error());
    list_offsets(*link, first, admin_patience, [=, known = std::move(*committed)](Result<OffsetsOf> begin) mutable {
      if (!begin) return done(std::move(begin).error());
      list_offsets(*link, last, admin_patience, [=, start = std::move(*begin)](Result<OffsetsOf> end) mutable {
        if (!end) return done(std::move(end).error());
        done(Seen{std::move(start), std::move(*end), std::move(known)});
      });
    });
  });
}

void inspect_dead(const std::shared_ptr<Link>& link, const Place& place, std::optional<std::uint64_t> in_hand,
                  Done<GroupState> done) {
  describe_topics(*link, {dead_letter_topic(place)}, admin_patience,
                  [=, done = std::move(done)](const Result<Counts>& topics) {
                    if (!topics) return done(topics.error());
                    look(link, dead_letter_group(place), *topics, [=](const Result<Seen>& seen) {
                      if (!seen) return done(seen.error());
                      const auto told = [total = seen->left(), done](std::uint64_t in_flight) {
                        GroupState state;
                        state.lag = total;
                        state.in_flight = std::min(in_flight, total);
                        state.waiting = total - *state.in_flight;
                        done(state);
                      };
                      if (in_hand) return told(*in_hand);
                      count_members(*link, dead_letter_group(place),
                                    [=, total = seen->left()](const Result<std::uint64_t>& members) {
                                      // Who reads them may take any, so that none is free.
                                      if (!members) return done(members.error());
                                      told(*members > 0 ? total : 0);
                                    });
                    });
                  });
}

}  // namespace

void inspect(std::shared_ptr<Link> link, const Place& at, const std::string& group,
             std::optional<std::uint64_t> in_hand, Done<GroupState> done) {
  const auto place = place_of_group(at, link->options().group_id, at.role, group);
  if (place.role == driver::Role::dead_letter) return inspect_dead(link, place, in_hand, std::move(done));
  const auto dead_topic = dead_letter_topic(place);
  auto names = retry_topics(place);
  if (place.role == driver::Role::main) {
    names.push_back(place.topic);
    names.push_back(dead_topic);
  }
  describe_topics(*link, names, admin_patience, [=, done = std::move(done)](const Result<Counts>& found) {
    if (!found) return done(found.error());
    auto topics = *found, dead = Counts{{dead_topic, topics[dead_topic]}};
    topics.erase(dead_topic);
    look(link, place.group_id, topics, [=](const Result<Seen>& seen) {
      if (!seen) return done(seen.error());
      const bool exists =
          std::ranges::any_of(seen->committed, [&](const auto& one) { return one.first.first == place.topic; });
      if (place.role == driver::Role::main && !exists)
        return done(failure(Errc::not_found, "group " + group + " of topic " + place.topic + " does not exist at Kafka",
                            "provision it first"));
      GroupState state;
      state.lag = seen->left();
      if (place.role != driver::Role::main) return done(state);
      look(link, dead_letter_group(place), dead, [=](const Result<Seen>& letters) mutable {
        if (!letters) return done(letters.error());
        state.dead = letters->left();
        done(state);
      });
    });
  });
}

}  // namespace ductape::inline v0::kafka
