// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/broadcasts.h"
#include "providers/kafka/partition.h"
#include "providers/kafka/settings.h"

namespace ductape::inline v0::kafka {

/// One consumer of the library: a member of a group, or a broadcast. The sessions of one subscription share it, so that
/// who owns a partition of the topic owns the retries of its keys too: the retry topics' partitions come and go with
/// the topic's.
class Member final : public Engine {
 public:
  enum class Kind : std::uint8_t { group, dead_letters, broadcast };
  struct Setup {
    Kind kind = Kind::group;
    Place place = {};
    driver::Millis session{0};  ///< after which a silent member is given up
    driver::Millis drain{0};    ///< how long a partition waits for its handlers before it goes
    std::shared_ptr<Broadcasts> broadcasts = {};
    std::shared_ptr<std::atomic<std::int64_t>> shortest_session = {};  ///< that the brokers allow, as far as is known
  };

  Member(const KafkaOptions& options, Setup setup, driver::Runtime& runtime);
  ~Member() override { join(); }

  Result<void> start();
  /// From any thread. A reader that comes when it is leaving ends at once and is to look for another member.
  void attach(std::shared_ptr<Reader> reader);
  void credit(const std::shared_ptr<Reader>& reader, std::size_t messages, std::size_t bytes);
  void settle(const std::shared_ptr<Reader>& reader, std::span<const driver::Settle> outcomes);
  void released(const std::shared_ptr<Reader>& reader, std::span<const std::uint32_t> scopes);
  void stop(const std::shared_ptr<Reader>& reader, driver::Deadline deadline);

  /// Takes no more readers.
  [[nodiscard]] bool leaving() const { return leaving_; }
  /// Its thread is at its end.
  [[nodiscard]] bool gone() const { return gone_; }
  /// Handed out and not known to be finished.
  [[nodiscard]] std::uint64_t in_hand() const { return in_hand_; }

 private:
  using Partitions = std::map<TopicPartition, Partition>;
  using Counts = std::map<std::string, std::int32_t>;

  // Its life: member.cc.
  void serve(rd_kafka_event_t& event) override;
  void pass() override;
  void over() override;
  void trouble(int code, const Error& what) override;
  void join_group();
  void tick();
  void look_alive();
  void alive();
  void end(Reader& reader, Error why);
  void end_all(const Error& why);
  void leave_if_done();
  void close();
  [[nodiscard]] std::vector<std::shared_ptr<Reader>> readers() const { return readers_; }
  [[nodiscard]] Reader* reader_of(driver::Role role) const;
  [[nodiscard]] driver::Role main_role() const;

  // Which partitions it has: assignment.cc.
  void rebalance(rd_kafka_event_t& event);
  void look_up(std::vector<std::int32_t> given);
  void place(const std::vector<std::int32_t>& given, const std::map<TopicPartition, Standing>& committed,
             const OffsetsOf& begin);
  Partition& add(TopicPartition at, std::int32_t owner, std::int64_t from);
  void assign(const OffsetsOf& offsets);
  void look_again(std::vector<std::int32_t> given);
  void begin_broadcast();
  void revoke(std::vector<std::int32_t> taken);
  void lose(const std::vector<std::int32_t>& taken);
  void lose_held(Partition& partition, const std::string& why);
  void give_up_if_drained();
  void unassign(const std::vector<TopicPartition>& partitions);
  [[nodiscard]] std::vector<TopicPartition> assigned() const;

  // What goes out: handing_out.cc.
  void hand_out(Reader& reader);
  Partition* oldest(const Reader& reader);
  void fetch(Partition& partition, std::size_t most);
  void came_aside(rd_kafka_event_t& event);
  void arrived(Partition& partition, const rd_kafka_message_t& message);
  [[nodiscard]] driver::WallTime due(const Partition& partition, const Arrived& message) const;
  driver::Delivered deliver(Reader& reader, Partition& partition);
  void failed(Partition& partition, const rd_kafka_message_t& message);
  void out_of_range(const TopicPartition& at);

  // What comes back: committing.cc.
  void take_outcomes();
  void take(Reader& reader, const driver::Settle& outcome, std::vector<driver::Settled>& answers);
  void commit();
  void wait_to_commit();
  void committed(rd_kafka_event_t& event);
  void answer(Partition& partition, bool done, const Error& why);
  Partition* partition_of(std::uint32_t scope);
  void count_in_hand();

  const KafkaOptions options_;
  const Setup setup_;
  const std::vector<std::string> topics_;

  std::vector<std::shared_ptr<Reader>> readers_;
  Partitions partitions_;
  std::map<std::uint32_t, TopicPartition> scopes_;
  std::uint32_t last_scope_ = 0;
  Counts counts_;
  std::vector<TopicPartition> going_;  // at the next `unassign`
  bool revoking_ = false;              // they drain
  std::uint64_t drain_ = 0;            // which of them, for its deadline
  bool commit_out_ = false, commit_armed_ = false, looking_alive_ = false;
  bool closing_ = false;
  driver::Deadline committed_at_ = {}, not_before_ = {}, asked_alive_ = {}, begun_ = {},
                   due_at_ = driver::Deadline::max();
  driver::Deadline close_by_ = driver::Deadline::max();
  // A broker that knows a member waits for it, and lets nobody else in, until the session timeout. But the library
  // says good-bye only for a member that has heard what it was given. Past: it has.
  driver::Deadline joining_until_ = {};
  std::mutex settling_;
  std::vector<std::pair<std::shared_ptr<Reader>, driver::Settle>> outcomes_, taken_;
  std::atomic<bool> leaving_ = false, gone_ = false;
  std::atomic<std::uint64_t> in_hand_ = 0;
};

}  // namespace ductape::inline v0::kafka
