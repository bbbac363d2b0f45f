// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/link.h"

#include <array>

#include "providers/kafka/envelope.h"
#include "providers/kafka/errors.h"
#include "providers/kafka/publisher.h"

namespace ductape::inline v0::kafka {
namespace {

// A publish that finds its topic unknown waits so long for it. Brokers that were just started want seconds until all
// their topics have leaders, and to be sent again costs up to five.
constexpr driver::Millis look_up{5'000};
// A topic that was just made is not known to all brokers at once: it is looked for again after so long.
constexpr driver::Millis known_soon{20};

/// What a message carries while the library has it.
struct Carried {
  std::uint64_t session;
  driver::Tag tag;
};

}  // namespace

Result<void> Link::start() {
  auto conf = producer_settings(options_);
  if (!conf) return std::move(conf).error();
  return begin(RD_KAFKA_PRODUCER, std::move(*conf));
}

void Link::stop() {
  std::shared_ptr<CommitReader> reader;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    reader = commit_reader_;
  }
  if (reader) reader->stop();
  join();
}

Result<std::shared_ptr<CommitReader>> Link::commit_reader(const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return failure(Errc::cancelled, "the connection to Kafka was closed");
  if (commit_reader_) return commit_reader_;
  auto made = std::make_shared<CommitReader>(options_, runtime());
  if (auto started = made->start(group); !started) return std::move(started).error();
  return commit_reader_ = std::move(made);
}

void Link::list_committed(const std::string& group, const std::vector<TopicPartition>& partitions,
                          Done<std::map<TopicPartition, Standing>> done) {
  auto reader = commit_reader(group);
  if (!reader) return done(std::move(reader).error());
  kafka::list_committed(**reader, group, partitions, std::move(done));
}

Link::Target* Link::target(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  if (const auto found = targets_.find(topic); found != targets_.end()) return found->second.get();
  if (!known_.contains(topic) || client() == nullptr) return nullptr;
  auto made = std::make_unique<Target>();
  made->topic = open_topic(client(), options_, topic, made->next);
  return targets_.emplace(topic, std::move(made)).first->second.get();
}

void Link::know(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  known_.insert(topic);
}

// The target stays as long as the client: somebody may be publishing with it.
void Link::forget(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  known_.erase(topic);
  const auto found = targets_.find(topic);
  if (found == targets_.end()) return;
  forgotten_.push_back(std::move(found->second));
  targets_.erase(found);
}

void Link::ensure(const Place& place, const std::string& topic, Done<void> done) {
  const auto self = std::static_pointer_cast<Link>(shared_from_this());
  describe_topics(*this, {topic}, look_up,
                  [=, done = std::move(done)](Result<std::map<std::string, std::int32_t>> found) {
                    if (!found) return done(std::move(found).error());
                    if (const auto partitions = (*found)[topic]; partitions > 0)
                      return self->await_leaders(topic, partitions, look_up, done);
                    if (!self->may_make_) return done(from_code(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "topic " + topic));
                    create_topics(*self, {new_topic_of(place, self->options_, topic)},
                                  [=](const Result<std::vector<std::string>>& made) {
                                    made ? self->await_topic(topic, look_up, done) : done(made.error());
                                  });
                  });
}

// The library remembers for long that there was no such topic, unless it hears of it.
void Link::await_topic(const std::string& topic, driver::Millis patience, Done<void> done) {
  const auto self = std::static_pointer_cast<Link>(shared_from_this());
  const auto until = runtime().now() + patience;
  const auto left = [=] { return std::chrono::duration_cast<driver::Millis>(until - self->runtime().now()); };
  describe_topics(*this, {topic}, patience,
                  [=, done = std::move(done)](Result<std::map<std::string, std::int32_t>> found) {
                    if (!found) return done(std::move(found).error());
                    if (const auto partitions = (*found)[topic]; partitions > 0)
                      return self->await_leaders(topic, partitions, left(), done);
                    if (left() <= known_soon)
                      return done(from_code(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "topic " + topic));
                    self->at(self->runtime().now() + known_soon, [=] { self->await_topic(topic, left(), done); });
                  });
}

void Link::await_leaders(const std::string& topic, std::int32_t partitions, driver::Millis patience, Done<void> done) {
  OffsetsOf ends;
  for (std::int32_t i = 0; i < partitions; ++i) ends.emplace(TopicPartition(topic, i), RD_KAFKA_OFFSET_SPEC_LATEST);
  const auto self = std::static_pointer_cast<Link>(shared_from_this());
  list_offsets(*this, ends, patience, [self, topic, done = std::move(done)](const Result<OffsetsOf>& led) {
    if (!led) return done(led.error());
    self->know(topic);
    done({});
  });
}

std::uint64_t Link::add(const std::shared_ptr<PublisherSession>& session) {
  const std::lock_guard lock(mutex_);
  sessions_.emplace(++last_session_, session);
  return last_session_;
}

void Link::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(number);
}

rd_kafka_resp_err_t Link::produce(Target& target, const Place& place, const driver::Record& record,
                                  std::uint64_t number) {
  auto carried = std::make_unique<Carried>(Carried{number, record.tag});
  auto headers = write_headers(record);
  // A null value would be read as none; the body of a message may be empty.
  static constexpr char nothing = 0;
  const void* body = record.body.empty() ? static_cast<const void*>(&nothing) : record.body.data();
  std::array<rd_kafka_vu_t, 8> arguments{};
  std::size_t count = 0;
  const auto next = [&](rd_kafka_vtype_t type) -> auto& {
    arguments[count].vtype = type;
    return arguments[count++].u;
  };
  next(RD_KAFKA_VTYPE_RKT).rkt = target.topic.get();
  next(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  next(RD_KAFKA_VTYPE_VALUE).mem = {const_cast<void*>(body), record.body.size()};
  next(RD_KAFKA_VTYPE_OPAQUE).ptr = carried.get();
  next(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  if (!record.key.empty()) next(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(record.key.data()), record.key.size()};
  // What comes back is as old as its return: retention goes by this.
  if (const auto time = place.role == driver::Role::main ? timestamp_of(record) : 0; time > 0)
    next(RD_KAFKA_VTYPE_TIMESTAMP).i64 = time;
  if (const ErrorPtr error{rd_kafka_produceva(client(), arguments.data(), count)})
    return rd_kafka_error_code(error.get());
  headers.release();
  carried.release();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Link::serve(rd_kafka_event_t& event) {
  if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_DR) delivered(event);
}

void Link::delivered(rd_kafka_event_t& event) {
  std::map<std::uint64_t, std::vector<PublisherSession::Outcome>> outcomes;
  while (const auto* message = rd_kafka_event_message_next(&event)) {
    const std::unique_ptr<Carried> carried(static_cast<Carried*>(message->_private));
    if (!carried) continue;
    auto& outcome = outcomes[carried->session].emplace_back(PublisherSession::Outcome{.tag = carried->tag});
    const std::string topic = rd_kafka_topic_name(message->rkt);
    // A broker calls a message a duplicate that is older than the last it has of this producer, be it that it refused
    // it while the partition had no leader yet and took the next. The library takes that for success, without an
    // offset.
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset < 0 &&
        rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_PERSISTED) {
      outcome.error = failure(
          Errc::outcome_unknown,
          "topic " + topic + ": the broker has later messages of this client and does not say where this one is",
          "publish it again with the same id");
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome.native_id = topic + ':' + std::to_string(message->partition) + ':' + std::to_string(message->offset);
      continue;
    }
    outcome.error = explain(from_code(message->err, "topic " + topic));
    if (outcome.error.code == Errc::not_found) forget(topic);
    if (rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED)
      outcome.error.code = Errc::outcome_unknown;
  }
  for (auto& [number, all] : outcomes) {
    std::shared_ptr<PublisherSession> session;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = sessions_.find(number); found != sessions_.end()) session = found->second;
    }
    if (session) session->report(std::move(all));
  }
}

void Link::trouble(int code, const Error& what) {
  if (code != RD_KAFKA_RESP_ERR__FATAL && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  std::map<std::uint64_t, std::shared_ptr<PublisherSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions = sessions_;
  }
  broken_ = broken_ || code == RD_KAFKA_RESP_ERR__FATAL;
  for (const auto& [number, session] : sessions)
    code == RD_KAFKA_RESP_ERR__FATAL ? session->end(what) : session->unreachable(what);
}

void Link::over() {
  std::map<std::uint64_t, std::shared_ptr<PublisherSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions.swap(sessions_);
  }
  for (const auto& [number, session] : sessions)
    session->end(failure(Errc::closed, "the connection to Kafka was closed"));
  rd_kafka_purge(client(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  while (const EventPtr event{rd_kafka_queue_poll(queue(), 50)})
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) delivered(*event);
  const std::lock_guard lock(mutex_);
  targets_.clear();
  forgotten_.clear();
}

}  // namespace ductape::inline v0::kafka
