// SPDX-License-Identifier: Apache-2.0
// What comes back: outcomes, and the commits that make them last.
#include <cstring>

#include "providers/kafka/errors.h"
#include "providers/kafka/member.h"

namespace ductape::inline v0::kafka {

using driver::Millis;
using driver::Settled;
using driver::Verdict;
using State = Partition::State;

namespace {

// Each commit is a message to the brokers' own topic.
constexpr Millis commit_every{10}, commit_again{50}, finish_patience{5'000};

}  // namespace

Partition* Member::partition_of(std::uint32_t scope) {
  const auto known = scopes_.find(scope);
  if (known == scopes_.end()) return nullptr;
  const auto found = partitions_.find(known->second);
  return found == partitions_.end() || found->second.scope != scope ? nullptr : &found->second;
}

// A handler's outcome comes alone. While the thread is busy they gather, so that it is not woken for each.
void Member::settle(const std::shared_ptr<Reader>& reader, std::span<const driver::Settle> outcomes) {
  bool first = false;
  {
    const std::lock_guard lock(settling_);
    first = outcomes_.empty();
    for (const auto& outcome : outcomes) outcomes_.emplace_back(reader, outcome);
  }
  if (first && !outcomes.empty()) push([this] { take_outcomes(); });
}

void Member::take_outcomes() {
  taken_.clear();
  {
    const std::lock_guard lock(settling_);
    taken_.swap(outcomes_);
  }
  std::map<std::shared_ptr<Reader>, std::vector<Settled>> answers;
  for (const auto& [reader, outcome] : taken_)
    if (!reader->ended) take(*reader, outcome, answers[reader]);
  count_in_hand();
  for (const auto& [reader, given] : answers)
    if (!given.empty() && !reader->ended) reader->sink.settled(given);
}

void Member::take(Reader& reader, const driver::Settle& outcome, std::vector<Settled>& answers) {
  auto hold = reader.held.take(outcome.tag);
  auto* partition = hold ? partition_of(hold->scope) : nullptr;
  if (partition == nullptr || partition->state == State::finished) {
    answers.push_back({outcome.tag, failure(Errc::lost, "another member of the group has the partition")});
    return;
  }
  const auto offset = hold->message->offset;
  if (outcome.verdict == Verdict::ack && partition->progress) {
    partition->progress->done(offset);
    partition->acking.emplace_back(offset, outcome.tag);
    return;
  }
  answers.push_back({.tag = outcome.tag});
  if (outcome.verdict != Verdict::ack && partition->progress) partition->progress->came_back(offset);
  // On its way to another member it is not committed, and that is all there is to giving back.
  if (outcome.verdict == Verdict::ack || partition->state != State::active || reader.stopping) return;
  const bool failed = outcome.verdict == Verdict::retry;
  partition->returned.emplace(
      offset, Partition::Returned{.message = std::move(hold->message),
                                  .failures = failed ? outcome.failures : hold->failures,
                                  .first_failure = failed ? outcome.first_failure : hold->first_failure});
}

void Member::count_in_hand() {
  std::uint64_t count = 0;
  for (const auto& reader : readers_) count += reader->held.size();
  for (const auto& [at, partition] : partitions_) count += partition.acking.size();
  in_hand_ = count;
}

// One at a time; what changes meanwhile goes with the next.
void Member::commit() {
  if (commit_out_ || closing_ || setup_.kind == Kind::broadcast) return;
  bool any = false, urgent = false;
  for (auto& [at, partition] : partitions_) {
    if (partition.state == State::finished || !partition.progress) continue;
    const bool last = partition.state == State::finishing;
    if (last && setup_.kind == Kind::dead_letters && !partition.progress->changed()) {
      partition.state = State::finished;
      woken();
      continue;
    }
    any = any || last || partition.progress->changed();
    urgent = urgent || last || partition.state == State::starting ||
             partition.progress->deliveries(partition.progress->offset()) > 1;
  }
  if (!any) return;
  const auto now = runtime().now();
  if (now < committed_at_ + commit_every && !urgent) {
    if (std::exchange(commit_armed_, true)) return;
    return at(committed_at_ + commit_every, [this] { commit_armed_ = false; });
  }
  if (now < not_before_) return;
  const auto list = new_partitions();
  for (auto& [at, partition] : partitions_) {
    if (partition.state == State::finished || !partition.progress) continue;
    partition.last_commit = partition.state == State::finishing;
    if (!partition.last_commit && !partition.progress->changed()) continue;
    partition.in_commit = true;
    partition.committing = partition.progress->take(partition.last_commit);
    const auto metadata = write_metadata(partition.committing);
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second);
    entry->offset = partition.committing.offset;
    entry->metadata = std::malloc(metadata.size());  // the library frees it
    if (entry->metadata != nullptr) std::memcpy(entry->metadata, metadata.data(), metadata.size());
    entry->metadata_size = entry->metadata == nullptr ? 0 : metadata.size();
  }
  committed_at_ = now;
  commit_out_ = true;
  const auto code = rd_kafka_commit_queue(client(), list.get(), queue(), nullptr, nullptr);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  commit_out_ = false;
  for (auto& [at, partition] : partitions_)
    if (std::exchange(partition.in_commit, false)) partition.progress->take_ended(partition.committing, false);
  wait_to_commit();
}

void Member::wait_to_commit() {
  not_before_ = runtime().now() + commit_again;
  at(not_before_, [] {});
}

void Member::committed(rd_kafka_event_t& event) {
  commit_out_ = false;
  const auto whole = rd_kafka_event_error(&event);
  std::map<TopicPartition, rd_kafka_resp_err_t> errors;
  for (const auto& entry : entries(rd_kafka_event_topic_partition_list(&event)))
    errors.emplace(TopicPartition(entry.topic, entry.partition), entry.err);
  bool failed = false;
  for (auto& [at, partition] : partitions_) {
    if (!std::exchange(partition.in_commit, false)) continue;
    const auto found = errors.find(at);
    const auto code = found != errors.end() && found->second != RD_KAFKA_RESP_ERR_NO_ERROR ? found->second : whole;
    partition.progress->take_ended(partition.committing, code == RD_KAFKA_RESP_ERR_NO_ERROR);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (setup_.kind == Kind::dead_letters && partition.committing.offset > partition.freed)
        delete_records(*this, at, partition.freed = partition.committing.offset);
      answer(partition, true, {});
      if (partition.state == State::starting) partition.state = State::active;
      if (partition.last_commit && partition.state == State::finishing) partition.state = State::finished;
      continue;
    }
    const auto error = from_code(code, "commit of topic " + at.first, text(rd_kafka_event_error_string(&event)));
    failed = true;
    // A new generation of the group may have begun while the commit was on its way, and it is still this member's. If
    // it is not, the library says that it is lost; where it waits for us it cannot.
    const bool waits_for_us = partition.state == State::draining && code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
    if (partition.state != State::finishing && !waits_for_us) continue;
    if (partition.finish_by == driver::Deadline::max()) partition.finish_by = runtime().now() + finish_patience;
    if (code != RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID && runtime().now() < partition.finish_by) continue;
    lose_held(partition, error.message);
    answer(partition, false, error);
    partition.state = State::finished;
  }
  count_in_hand();
  if (failed) wait_to_commit();
  woken();
}

// `done`: those that the commit names. Of dead letters what it cannot name stays where it is.
void Member::answer(Partition& partition, bool done, const Error& why) {
  std::vector<Settled> answers;
  std::erase_if(partition.acking, [&](const auto& one) {
    const auto [offset, tag] = one;
    if (!done)
      answers.push_back({.tag = tag, .error = why});
    else if (partition.committing.finished(offset))
      answers.push_back({.tag = tag});
    else if (setup_.kind == Kind::dead_letters && !partition.progress->changed())
      answers.push_back(
          {.tag = tag,
           .error = failure(Errc::unsupported, partition.at.first + " has more holes than a commit can name",
                            "redrive or purge the oldest dead letters first")});
    else
      return false;
    return true;
  });
  auto* reader = reader_of(partition.role);
  if (!answers.empty() && reader != nullptr) reader->sink.settled(answers);
}

}  // namespace ductape::inline v0::kafka
