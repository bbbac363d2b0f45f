// SPDX-License-Identifier: Apache-2.0
// Which partitions a member has. The group gives it partitions of the topic; those of its retries with the same keys
// come with them.
#include <algorithm>

#include "providers/kafka/errors.h"
#include "providers/kafka/member.h"
#include "providers/kafka/topology.h"

namespace ductape::inline v0::kafka {

using driver::Millis;
using driver::Role;

namespace {

constexpr Millis look_up_again{100};

}  // namespace

void Member::rebalance(rd_kafka_event_t& event) {
  joining_until_ = {};
  std::vector<std::int32_t> partitions;
  for (const auto& entry : entries(rd_kafka_event_topic_partition_list(&event))) partitions.push_back(entry.partition);
  const bool given = rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (given) return leaving_ ? assign({}) : look_up(std::move(partitions));
  // Whatever it was about, there is nothing any more.
  if (closing_) return unassign(assigned());
  rd_kafka_assignment_lost(client()) != 0 ? lose(partitions) : revoke(std::move(partitions));
}

std::vector<TopicPartition> Member::assigned() const {
  rd_kafka_topic_partition_list_t* list = nullptr;
  rd_kafka_assignment(client(), &list);
  const PartitionsPtr owned(list);
  std::vector<TopicPartition> all;
  for (const auto& entry : entries(list)) all.emplace_back(entry.topic, entry.partition);
  return all;
}

void Member::look_up(std::vector<std::int32_t> given) {
  describe_topics(*this, topics_, admin_patience, [this, given = std::move(given)](Result<Counts> found) {
    if (leaving_) return assign({});
    if (!found) return look_again(given);
    counts_ = std::move(*found);
    std::vector<TopicPartition> wanted;
    const auto& main = topics_.front();
    const auto mains = std::max(counts_[main], 1);
    for (const auto& [topic, count] : counts_)
      for (std::int32_t i = 0; i < count; ++i)
        if (std::ranges::count(given, topic == main ? i : i % mains) > 0 && !partitions_.contains({topic, i}))
          wanted.emplace_back(topic, i);
    if (wanted.empty()) return assign({});
    const auto group = setup_.kind == Kind::dead_letters ? dead_letter_group(setup_.place) : setup_.place.group_id;
    list_committed(*this, group, wanted, [this, given, wanted](Result<std::map<TopicPartition, Standing>> committed) {
      if (leaving_) return assign({});
      if (!committed) return look_again(given);
      OffsetsOf begin;
      for (const auto& at : wanted) begin.emplace(at, RD_KAFKA_OFFSET_SPEC_EARLIEST);
      list_offsets(*this, begin, admin_patience,
                   [this, given, known = std::move(*committed)](const Result<OffsetsOf>& first) {
                     if (leaving_) return assign({});
                     first ? place(given, known, *first) : look_again(given);
                   });
    });
  });
}

void Member::look_again(std::vector<std::int32_t> given) {
  at(runtime().now() + look_up_again,
     [this, given = std::move(given)]() mutable { leaving_ ? assign({}) : look_up(std::move(given)); });
}

void Member::place(const std::vector<std::int32_t>& given, const std::map<TopicPartition, Standing>& committed,
                   const OffsetsOf& begin) {
  OffsetsOf offsets;
  const auto mains = std::max(counts_[topics_.front()], 1);
  for (const auto& [at, first] : begin) {
    const auto owner = at.first == topics_.front() ? at.second : at.second % mains;
    if (std::ranges::count(given, owner) == 0) continue;
    // Where nothing was committed the partition is younger than the group, or its commits ran out: it has not seen any.
    auto standing = committed.contains(at) ? committed.at(at) : Standing{.offset = first};
    std::uint64_t gap = 0;
    if (first > standing.offset) {
      gap = static_cast<std::uint64_t>(first - standing.offset) - standing.done.count_below(first);
      standing.offset = first;
      standing.done.remove_below(first);
    }
    auto& partition = add(at, owner, standing.offset);
    offsets.emplace(at, standing.offset);
    partition.progress.emplace(std::move(standing));
    if (setup_.kind == Kind::group) {
      partition.state = Partition::State::starting;
      partition.progress->start();
    }
    if (auto* reader = reader_of(partition.role); gap > 0 && reader != nullptr && setup_.kind == Kind::group)
      reader->sink.gap(partition.scope, gap);
  }
  assign(offsets);
}

Partition& Member::add(TopicPartition at, std::int32_t owner, std::int64_t from) {
  auto& partition = partitions_[at];
  partition.at = at;
  partition.scope = ++last_scope_;
  partition.owner = owner;
  partition.next = from;
  partition.role = main_role();
  scopes_.emplace(partition.scope, at);
  if (setup_.kind == Kind::group && at.first != setup_.place.topic) {
    partition.role = Role::retry;
    // The first tier's go out at once: the pipeline waits for them, as it does for redrives, which wait for nothing.
    for (std::size_t tier = 1; tier < tiers.size(); ++tier)
      if (at.first == retry_topic(setup_.place, tier)) partition.waits = tiers[tier].wait;
  }
  // Before it is assigned, so that no message goes to the queue of all events.
  partition.queue.reset(rd_kafka_queue_get_partition(client(), at.first.c_str(), at.second));
  rd_kafka_queue_forward(partition.queue.get(), nullptr);
  rd_kafka_queue_cb_event_enable(
      partition.queue.get(), [](rd_kafka_t*, void* member) { static_cast<Member*>(member)->woken(); }, this);
  return partition;
}

void Member::assign(const OffsetsOf& offsets) {
  const auto list = new_partitions(static_cast<int>(offsets.size()));
  for (const auto& [at, offset] : offsets)
    rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second)->offset = offset;
  if (setup_.kind == Kind::broadcast) {
    if (const auto code = rd_kafka_assign(client(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      end_all(from_code(code, "topic " + setup_.place.topic));
  } else if (const ErrorPtr error{rd_kafka_incremental_assign(client(), list.get())}) {
    end_all(from_code(rd_kafka_error_code(error.get()), "topic " + setup_.place.topic,
                      text(rd_kafka_error_string(error.get()))));
  }
}

// The library refuses the whole list for one that it has not.
void Member::unassign(const std::vector<TopicPartition>& partitions) {
  const auto list = new_partitions(static_cast<int>(partitions.size()));
  const auto had = assigned();
  for (const auto& at : partitions) {
    if (std::ranges::count(had, at) > 0) rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second);
    const auto found = partitions_.find(at);
    if (found == partitions_.end()) continue;
    rd_kafka_queue_cb_event_enable(found->second.queue.get(), nullptr, nullptr);
    scopes_.erase(found->second.scope);
    partitions_.erase(found);
  }
  revoking_ = false;
  const ErrorPtr error(rd_kafka_incremental_unassign(client(), list.get()));
  if (error && !closing_)
    end_all(from_code(rd_kafka_error_code(error.get()), "topic " + setup_.place.topic,
                      text(rd_kafka_error_string(error.get()))));
}

// They go when what is out of them has its outcomes and those are committed.
void Member::revoke(std::vector<std::int32_t> taken) {
  going_.clear();
  revoking_ = true;
  std::map<Reader*, std::vector<std::uint32_t>> told;
  for (auto& [at, partition] : partitions_) {
    if (std::ranges::count(taken, partition.owner) == 0) continue;
    going_.push_back(at);
    partition.state = Partition::State::draining;
    partition.released = true;
    auto* reader = reader_of(partition.role);
    if (reader == nullptr || reader->tags_of(partition.scope).empty()) continue;
    partition.released = false;
    told[reader].push_back(partition.scope);
  }
  const auto deadline = runtime().now() + setup_.drain;
  for (const auto& [reader, scopes] : told) reader->sink.revoking(scopes, deadline);
  at(deadline, [this, drain = ++drain_] {
    if (drain != drain_) return;
    for (const auto& at : going_)
      if (const auto found = partitions_.find(at); found != partitions_.end() && !found->second.released) {
        lose_held(found->second, "the partition goes to another member, and its handlers did not end in time");
        found->second.released = true;
      }
  });
}

void Member::released(const std::shared_ptr<Reader>& reader, std::span<const std::uint32_t> scopes) {
  push([this, reader, scopes = std::vector(scopes.begin(), scopes.end())] {
    for (const auto scope : scopes)
      if (auto* partition = partition_of(scope); partition != nullptr) partition->released = true;
  });
}

void Member::give_up_if_drained() {
  if (!revoking_ || closing_) return;
  bool finished = true;
  for (const auto& at : going_) {
    const auto found = partitions_.find(at);
    if (found == partitions_.end()) continue;
    auto& partition = found->second;
    if (partition.state == Partition::State::draining && partition.released)
      partition.state = Partition::State::finishing;
    finished = finished && partition.state == Partition::State::finished;
  }
  if (finished) unassign(std::exchange(going_, {}));
}

void Member::lose_held(Partition& partition, const std::string& why) {
  auto* reader = reader_of(partition.role);
  if (reader == nullptr) return;
  const auto tags = reader->tags_of(partition.scope);
  for (const auto tag : tags) (void)reader->held.take(tag);
  if (!tags.empty()) reader->sink.lost(tags, failure(Errc::lost, why));
}

// The group went on without this member: somebody else has them already.
void Member::lose(const std::vector<std::int32_t>& taken) {
  std::vector<TopicPartition> gone;
  const std::string why = "the group went on without this member, and another has the partition";
  for (auto& [at, partition] : partitions_) {
    if (std::ranges::count(taken, partition.owner) == 0) continue;
    gone.push_back(at);
    lose_held(partition, why);
    answer(partition, false, failure(Errc::lost, why));
  }
  going_.clear();
  unassign(gone);
  count_in_hand();
}

void Member::begin_broadcast() {
  const auto& topic = setup_.place.topic;
  describe_topics(*this, {topic}, admin_patience, [this, topic](Result<Counts> counts) {
    const auto again = [this] { at(runtime().now() + look_up_again, [this] { begin_broadcast(); }); };
    if (leaving_) return;
    if (!counts && counts.error().code != Errc::unavailable) return end_all(counts.error());
    if (!counts || ((*counts)[topic] == 0 && runtime().now() - begun_ < admin_patience)) return again();
    if ((*counts)[topic] == 0) return end_all(from_code(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "topic " + topic));
    counts_ = std::move(*counts);
    OffsetsOf wanted;
    for (std::int32_t i = 0; i < counts_[topic]; ++i)
      wanted.emplace(TopicPartition(topic, i), RD_KAFKA_OFFSET_SPEC_LATEST);
    list_offsets(*this, wanted, admin_patience, [this, again](Result<OffsetsOf> end) {
      if (leaving_) return;
      if (!end) return again();
      for (const auto& [partition, offset] : setup_.broadcasts->remembered(setup_.place.group))
        if (const auto known = end->find({setup_.place.topic, partition}); known != end->end()) known->second = offset;
      for (const auto& [at, offset] : *end) add(at, at.second, offset);
      assign(*end);
      auto& back = partitions_[{std::string(), 0}];
      back.scope = ++last_scope_;
      back.role = Role::retry;
      scopes_.emplace(back.scope, TopicPartition());
      setup_.broadcasts->listen(setup_.place.group, [weak = weak_from_this()](std::shared_ptr<const Arrived> message) {
        const auto self = std::static_pointer_cast<Member>(weak.lock());
        if (!self) return;
        self->push([member = self.get(), message = std::move(message)] {
          if (const auto found = member->partitions_.find(TopicPartition()); found != member->partitions_.end())
            found->second.fetched.push_back(message);
        });
      });
      alive();
    });
  });
}

}  // namespace ductape::inline v0::kafka
