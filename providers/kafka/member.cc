// SPDX-License-Identifier: Apache-2.0
// A member's life: joining, staying alive, leaving.
#include "providers/kafka/member.h"

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {

using driver::Millis;
using driver::Role;

namespace {

constexpr Millis tick_every{300}, alive_every{700}, alive_patience{2'000};
/// A topic that was just made is not known to all brokers at once.
constexpr Millis topic_patience{5'000}, join_again_after{50};
/// What leaving the group may take behind the sessions' end.
constexpr Millis leave_patience{2'000};
/// What joining may take before the group is left all the same.
constexpr Millis join_patience{5'000};
constexpr std::int64_t usual_shortest_session = 6'000;

// The one that the group shares first, then those that come with it.
std::vector<std::string> topics_of(const Member::Setup& setup) {
  if (setup.kind == Member::Kind::dead_letters) return {dead_letter_topic(setup.place)};
  std::vector<std::string> all{setup.place.topic};
  if (setup.kind == Member::Kind::group)
    for (auto& topic : retry_topics(setup.place)) all.push_back(std::move(topic));
  return all;
}

}  // namespace

Member::Member(const KafkaOptions& options, Setup setup, driver::Runtime& runtime)
    : Engine(runtime, brokers_of(options)), options_(options), setup_(std::move(setup)), topics_(topics_of(setup_)) {}

Result<void> Member::start() {
  const auto session = std::max(setup_.session, Millis(setup_.shortest_session->load()));
  auto group = setup_.place.group_id;
  if (setup_.kind == Kind::dead_letters) group = dead_letter_group(setup_.place);
  auto conf = consumer_settings(options_, {.group_id = std::move(group), .session = session});
  if (!conf) return std::move(conf).error();
  if (auto begun = begin(RD_KAFKA_CONSUMER, std::move(*conf)); !begun) return begun;
  push([this] {
    begun_ = runtime().now();
    setup_.kind == Kind::broadcast ? begin_broadcast() : join_group();
    tick();
  });
  return {};
}

Role Member::main_role() const { return setup_.kind == Kind::dead_letters ? Role::dead_letter : Role::main; }

Reader* Member::reader_of(Role role) const {
  for (const auto& reader : readers_)
    if (reader->role == role && !reader->ended) return reader.get();
  return nullptr;
}

void Member::attach(std::shared_ptr<Reader> reader) {
  push([this, reader = std::move(reader)] {
    readers_.push_back(reader);
    if (leaving_) end(*reader, {});
  });
}

void Member::join_group() {
  if (leaving_) return;
  describe_topics(*this, topics_, admin_patience, [this](Result<Counts> found) {
    if (leaving_) return;
    const auto again = [this] { at(runtime().now() + join_again_after, [this] { join_group(); }); };
    if (!found && found.error().code == Errc::unavailable) return again();
    if (!found) return end_all(found.error());
    counts_ = std::move(*found);
    const auto& topic = topics_.front();
    if (counts_[topic] == 0 && runtime().now() - begun_ < topic_patience) return again();
    if (counts_[topic] == 0) return end_all(from_code(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "topic " + topic));
    const auto list = new_partitions(1);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto code = rd_kafka_subscribe(client(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return end_all(from_code(code, "topic " + topic));
    joining_until_ = runtime().now() + join_patience;
  });
}

void Member::serve(rd_kafka_event_t& event) {
  switch (rd_kafka_event_type(&event)) {
    case RD_KAFKA_EVENT_REBALANCE:
      return rebalance(event);
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      return committed(event);
    case RD_KAFKA_EVENT_FETCH:
      return came_aside(event);
    default:
      return;
  }
}

void Member::pass() {
  if (gone_) return;
  for (const auto& reader : readers())
    if (!reader->ended) hand_out(*reader);
  std::erase_if(readers_, [](const auto& reader) { return reader->ended; });
  give_up_if_drained();
  commit();
  leave_if_done();
}

void Member::tick() {
  at(runtime().now() + tick_every, [this] { tick(); });
  look_alive();
}

// A broker's answer, and not an open connection, is a sign of life.
void Member::look_alive() {
  const auto now = runtime().now();
  if (looking_alive_ || leaving_ || now - asked_alive_ < alive_every || counts_.empty()) return;
  if (setup_.kind == Kind::broadcast && partitions_.empty()) return;
  looking_alive_ = true;
  asked_alive_ = now;
  list_offsets(*this, {{{topics_.front(), 0}, RD_KAFKA_OFFSET_SPEC_LATEST}}, alive_patience,
               [this](const Result<OffsetsOf>& answer) {
                 looking_alive_ = false;
                 if (answer) alive();
                 if (!answer && answer.error().code == Errc::not_found && !leaving_) end_all(answer.error());
               });
}

void Member::alive() {
  for (const auto& reader : readers())
    if (!reader->ended) reader->sink.alive(runtime().now());
}

void Member::trouble(int code, const Error& what) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
      setup_.shortest_session->store(usual_shortest_session);
      return end_all(what);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR__FATAL:
      return end_all(what);
    default:
      if (refuses_connection(what.code)) end_all(what);
  }
}

void Member::stop(const std::shared_ptr<Reader>& reader, driver::Deadline deadline) {
  push([this, reader, deadline] {
    if (reader->ended) return;
    // The others of the subscription go too: a member is there as a whole or not.
    leaving_ = true;
    for (const auto& each : readers()) {
      each->stopping = true;
      each->credit_messages = 0;
    }
    if (deadline >= reader->stop_at) return;
    reader->stop_at = deadline;
    at(deadline, [this, reader] { end(*reader, {}); });
    if (deadline <= runtime().now()) end(*reader, {});
  });
}

void Member::end(Reader& reader, Error why) {
  if (reader.ended) return;
  leaving_ = true;
  reader.ended = true;
  reader.held.clear();
  count_in_hand();
  reader.sink.ended(std::move(why));
  reader.end.reach();
}

void Member::end_all(const Error& why) {
  leaving_ = true;
  if (setup_.kind == Kind::broadcast) {
    std::map<std::int32_t, std::int64_t> offsets;
    for (const auto& [at, partition] : partitions_) {
      if (partition.role != Role::main) continue;
      auto first = partition.head() != nullptr ? partition.head()->offset : partition.next;
      for (const auto& reader : readers_)
        reader->held.for_each([&first, scope = partition.scope](driver::Tag, const Hold& hold) {
          if (hold.scope == scope) first = std::min(first, hold.message->offset);
        });
      offsets.emplace(at.second, first);
    }
    setup_.broadcasts->remember(setup_.place.group, std::move(offsets));
  }
  for (const auto& reader : readers()) end(*reader, why);
}

// What is out is waited for, then the last commits are made, then the group is left, and only then the sessions end:
// who asks afterwards finds no member.
void Member::leave_if_done() {
  if (!leaving_ || gone_) return;
  const bool nobody = readers_.empty();
  if (nobody && close_by_ == driver::Deadline::max()) {
    close_by_ = runtime().now() + leave_patience;
    at(close_by_, [] {});
  }
  if (runtime().now() >= close_by_) return quit();
  if (closing_) {
    if (rd_kafka_consumer_closed(client()) == 0) return;
    for (const auto& reader : readers()) end(*reader, {});
    return quit();
  }
  for (const auto& reader : readers_)
    if (!reader->held.empty()) return;
  bool finished = true;
  for (auto& [at, partition] : partitions_) {
    if (!partition.progress) continue;
    if (partition.state != Partition::State::finishing && partition.state != Partition::State::finished)
      partition.state = Partition::State::finishing;
    finished = finished && partition.state == Partition::State::finished;
  }
  if (!finished) return commit();
  if (runtime().now() < joining_until_) return;  // `tick` looks again
  close();
}

void Member::close() {
  closing_ = true;
  partitions_.clear();
  scopes_.clear();
  going_.clear();
  if (setup_.kind == Kind::broadcast)
    rd_kafka_assign(client(), nullptr);
  else if (revoking_)
    unassign(assigned());
  if (const ErrorPtr refused{rd_kafka_consumer_close_queue(client(), queue())}) quit();
  woken();
}

void Member::over() {
  for (const auto& reader : readers()) end(*reader, failure(Errc::closed, "the connection to Kafka was closed"));
  if (setup_.kind == Kind::broadcast) setup_.broadcasts->listen(setup_.place.group, {});
  partitions_.clear();
  gone_ = true;
}

}  // namespace ductape::inline v0::kafka
