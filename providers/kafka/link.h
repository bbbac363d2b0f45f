// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <unordered_map>

#include "providers/kafka/admin.h"
#include "providers/kafka/commit_reader.h"
#include "providers/kafka/new_topics.h"

namespace ductape::inline v0::kafka {

class PublisherSession;

/// The producer that all sessions of a broker publish with, which also asks the brokers whatever is to be asked.
class Link final : public Engine {
 public:
  /// A topic that is known to exist.
  struct Target {
    TopicPtr topic = {};
    std::uint32_t next = 0;  ///< partition for a message without a key
  };

  Link(const KafkaOptions& options, driver::Runtime& runtime)
      : Engine(runtime, brokers_of(options)), options_(options) {}
  ~Link() override { join(); }

  /// Makes the client, which connects by itself.
  Result<void> start();
  void stop();
  /// It cannot go on; another is needed.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] const KafkaOptions& options() const { return options_; }

  /// Null if it is not known.
  Target* target(const std::string& topic);
  void know(const std::string& topic);
  void forget(const std::string& topic);
  /// Nothing is made in an environment that does not allow it.
  void may_make(bool allowed) { may_make_ = allowed; }
  /// Looks for the topic, and makes it if it is missing; afterwards it is known.
  void ensure(const Place& place, const std::string& topic, Done<void> done);
  /// The topic is known when all its partitions have leaders that know it. Before, a leader may refuse the first
  /// message and take the second, which nothing tells from a duplicate.
  void await_leaders(const std::string& topic, std::int32_t partitions, driver::Millis patience, Done<void> done);
  /// The same of a topic that was just made.
  void await_topic(const std::string& topic, driver::Millis patience, Done<void> done);
  /// What the group has committed of these partitions; those of which it has not are not there. The answer comes in any
  /// thread.
  void list_committed(const std::string& group, const std::vector<TopicPartition>& partitions,
                      Done<std::map<TopicPartition, Standing>> done);

  /// Until it is removed its records' outcomes are told to it. Its number is what its records carry.
  std::uint64_t add(const std::shared_ptr<PublisherSession>& session);
  void remove(std::uint64_t number);
  /// Thread-safe and never blocks. `tag` is what the outcome is told with.
  rd_kafka_resp_err_t produce(Target& target, const Place& place, const driver::Record& record, std::uint64_t number);
  [[nodiscard]] Error explained(Error why) const { return explain(std::move(why)); }

 private:
  void serve(rd_kafka_event_t& event) override;
  void pass() override {}
  void over() override;
  void trouble(int code, const Error& what) override;
  void delivered(rd_kafka_event_t& event);
  Result<std::shared_ptr<CommitReader>> commit_reader(const std::string& group);

  const KafkaOptions options_;
  std::shared_ptr<CommitReader> commit_reader_;
  bool stopping_ = false;
  std::atomic<bool> broken_ = false, may_make_ = true;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Target>> targets_;
  std::vector<std::unique_ptr<Target>> forgotten_;
  std::set<std::string> known_;
  std::map<std::uint64_t, std::shared_ptr<PublisherSession>> sessions_;
  std::uint64_t last_session_ = 0;
};

}  // namespace ductape::inline v0::kafka
