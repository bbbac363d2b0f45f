// SPDX-License-Identifier: Apache-2.0
// How messages go out: of all partitions that have some the oldest first, so that none waits for another's end.
#include <array>

#include "providers/kafka/errors.h"
#include "providers/kafka/member.h"

namespace ductape::inline v0::kafka {

using driver::Millis;
using driver::WallTime;

namespace {

constexpr std::size_t at_once = 256;

}  // namespace

void Member::credit(const std::shared_ptr<Reader>& reader, std::size_t messages, std::size_t bytes) {
  push([reader, messages, bytes] {
    reader->credit_messages = reader->stopping ? 0 : messages;
    reader->credit_bytes = bytes;
  });
}

void Member::hand_out(Reader& reader) {
  for (auto& [at, partition] : partitions_) partition.dry = false;
  while (reader.has_room()) {
    std::vector<driver::Delivered> out;
    while (reader.has_room() && out.size() < at_once) {
      auto* partition = oldest(reader);
      if (partition == nullptr) break;
      out.push_back(deliver(reader, *partition));
    }
    if (out.empty()) return;
    count_in_hand();
    reader.sink.delivered(out);
  }
}

WallTime Member::due(const Partition& partition, const Arrived& message) const {
  return WallTime(Millis(message.timestamp)) + partition.waits;
}

// The one whose next message is the oldest; null if none may go now.
Partition* Member::oldest(const Reader& reader) {
  Partition* found = nullptr;
  const auto age = [](const Arrived& message) {
    return std::tuple(message.timestamp, message.offset, message.partition);
  };
  for (auto& [at, partition] : partitions_) {
    if (partition.role != reader.role || partition.state != Partition::State::active) continue;
    if (partition.fetched.empty() && !partition.dry) fetch(partition, reader.credit_messages - reader.held.size());
    const auto* head = partition.head();
    if (head == nullptr) continue;
    if (partition.waits.count() > 0)
      if (const auto wait = due(partition, *head) - runtime().wall(); wait.count() > 0) {
        const auto when = runtime().now() + wait;
        if (when >= due_at_) continue;
        due_at_ = when;
        this->at(when, [this] { due_at_ = driver::Deadline::max(); });
        continue;
      }
    if (partition.progress && !partition.progress->may_hand_out(head->offset)) continue;
    if (found == nullptr || age(*head) < age(*found->head())) found = &partition;
  }
  const bool goes = found == nullptr || !found->progress || found->progress->goes(found->head()->offset);
  return goes ? found : nullptr;
}

void Member::fetch(Partition& partition, std::size_t most) {
  if (!partition.queue) return;
  std::array<rd_kafka_message_t*, at_once> messages{};
  const auto count = rd_kafka_consume_batch_queue(partition.queue.get(), 0, messages.data(),
                                                  std::clamp<std::size_t>(most, 1, at_once));
  partition.dry = count <= 0;
  for (ssize_t i = 0; i < count; ++i) {
    const MessagePtr message(messages[static_cast<std::size_t>(i)]);
    arrived(partition, *message);
  }
}

// Should the library have made a partition anew, what it fetches goes to the queue of all events again.
void Member::came_aside(rd_kafka_event_t& event) {
  while (const auto* message = rd_kafka_event_message_next(&event)) {
    if (message->rkt == nullptr) continue;
    const auto found = partitions_.find({rd_kafka_topic_name(message->rkt), message->partition});
    if (found != partitions_.end()) arrived(found->second, *message);
  }
}

void Member::arrived(Partition& partition, const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(partition, message);
  if (message.offset < partition.next) return;  // it came both ways
  partition.next = message.offset + 1;
  if (partition.progress && partition.progress->fetched(message.offset)) return;
  partition.fetched.push_back(read_message(message));
}

driver::Delivered Member::deliver(Reader& reader, Partition& partition) {
  Hold hold{.scope = partition.scope};
  const auto* head = partition.head();
  if (const auto again = partition.returned.find(head->offset); again != partition.returned.end()) {
    hold.message = again->second.message;
    hold.failures = again->second.failures;
    hold.first_failure = again->second.first_failure;
    partition.returned.erase(again);
  } else {
    hold.message = std::move(partition.fetched.front());
    partition.fetched.pop_front();
  }
  auto out = kafka::delivered(hold.message);
  out.scope = partition.scope;
  out.failures = hold.failures;
  if (hold.failures > 0) out.first_failure = hold.first_failure;
  if (setup_.kind == Kind::group && partition.progress)
    out.deliveries = partition.progress->deliveries(hold.message->offset) + hold.failures;
  out.tag = reader.held.add(std::move(hold));
  return out;
}

void Member::failed(Partition& partition, const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return out_of_range(partition.at);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return end_all(from_code(message.err, "topic " + partition.at.first, text(rd_kafka_message_errstr(&message))));
    default:
      return;  // the library tries again
  }
}

// The log was cut where it was to be read: it goes on where the log begins now, and says how much is missing.
void Member::out_of_range(const TopicPartition& at) {
  const auto again = [this, at] { this->at(runtime().now() + Millis(100), [this, at] { out_of_range(at); }); };
  list_offsets(
      *this, {{at, RD_KAFKA_OFFSET_SPEC_EARLIEST}}, admin_patience, [this, at, again](const Result<OffsetsOf>& first) {
        if (!partitions_.contains(at) || leaving_) return;
        if (!first) return again();
        list_offsets(*this, {{at, RD_KAFKA_OFFSET_SPEC_LATEST}}, admin_patience,
                     [this, at, again, begin = first->begin()->second](const Result<OffsetsOf>& last) {
                       const auto found = partitions_.find(at);
                       if (found == partitions_.end() || leaving_) return;
                       if (!last) return again();
                       auto& partition = found->second;
                       const auto from = std::clamp(partition.next, begin, std::max(begin, last->begin()->second));
                       if (from > partition.next)
                         if (auto* reader = reader_of(partition.role); reader != nullptr)
                           reader->sink.gap(partition.scope, static_cast<std::uint64_t>(from - partition.next));
                       partition.next = from;
                       const auto list = new_partitions(1);
                       rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second)->offset = from;
                       const ErrorPtr ignored(rd_kafka_seek_partitions(client(), list.get(), 0));
                     });
      });
}

}  // namespace ductape::inline v0::kafka
