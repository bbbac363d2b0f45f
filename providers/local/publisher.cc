// SPDX-License-Identifier: Apache-2.0
#include "providers/local/publisher.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <map>

#include "providers/local/errors.h"
#include "providers/local/place.h"
#include "providers/local/placing.h"
#include "providers/local/retention.h"
#include "providers/local/session.h"

namespace ductape::inline v0::local {
namespace {

// What a session has under way; beyond it the caller waits for `writable`.
constexpr std::size_t most_records = 64 << 10, most_bytes = 64 << 20;
// One operation, so that a large call is not one large transaction.
constexpr std::size_t records_at_once = 512, bytes_at_once = 1 << 20;

using Gate = SinkGate<driver::PublishSink>;

/// What the handle and the operations share.
struct Session {
  Session(driver::PublishSink& sink, driver::Runtime& in) : gate(sink), runtime(in) {}

  Gate gate;
  driver::Runtime& runtime;
  std::mutex mutex;
  std::size_t records = 0, bytes = 0;  // guarded by mutex: under way
  bool refused = false;                // guarded by mutex: `writable` is owed
  // Epochs are separated by failures that the caller has heard of. A call that was made before it heard must fail too
  // if it has a key of what failed: that message is sent again and must not come behind a later one. Keys may share an
  // entry.
  std::uint64_t epoch = 1;                      // guarded by mutex
  std::array<std::uint64_t, 1024> barred = {};  // guarded by mutex: by key, the last epoch that must fail
  Error why = {};                               // guarded by mutex: of the last failure, empty before the first

  bool admit(std::size_t size) {
    const std::lock_guard lock(mutex);
    if (records > 0 && (records >= most_records || bytes + size > most_bytes)) return refused = true, false;
    ++records, bytes += size;
    return true;
  }
  std::uint64_t now() {
    const std::lock_guard lock(mutex);
    return epoch;
  }
  static std::size_t entry(std::string_view key) { return std::hash<std::string_view>{}(key) % 1024; }
  /// Nothing more with the keys of these is to be stored of what was called for until now.
  void bar(std::span<const driver::Record> failed, const Error& with) {
    const std::lock_guard lock(mutex);
    for (const auto& record : failed)
      if (!record.key.empty()) barred[entry(record.key)] = epoch;
    why = with;
  }
  /// The caller knows: what it calls for from now on takes that into account.
  void known() {
    const std::lock_guard lock(mutex);
    ++epoch;
  }
  Error barrier(std::span<const driver::Record> wanted, std::uint64_t called) {
    const std::lock_guard lock(mutex);
    if (!why) return {};
    for (const auto& record : wanted)
      if (!record.key.empty() && called <= barred[entry(record.key)]) return why;
    return {};
  }
  /// True if the caller is to be told that there is room.
  bool discharge(std::size_t count, std::size_t size) {
    const std::lock_guard lock(mutex);
    records -= count, bytes -= size;
    if (records > most_records / 2 || bytes > most_bytes / 2) return false;
    return std::exchange(refused, false);
  }
};

std::size_t size_of(const driver::Record& record) {
  std::size_t size = record.body.size() + record.key.size() + record.id.size();
  for (const auto entries : {record.attributes, record.headers})
    for (const auto& [name, value] : entries) size += name.size() + value.size();
  return size;
}

class Publish final : public Operation {
 public:
  explicit Publish(std::shared_ptr<Session> session) : session_(std::move(session)), called_(session_->now()) {}

  void add(const driver::Record& record, std::size_t size) {
    records_.push_back(record);
    bytes_ += size;
  }
  [[nodiscard]] bool full() const { return records_.size() >= records_at_once || bytes_ >= bytes_at_once; }

  [[nodiscard]] const char* name() const override { return "publish"; }
  [[nodiscard]] bool engine_reports() const override { return false; }
  [[nodiscard]] std::size_t count() const override { return records_.size(); }
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }

  void apply(Cycle& cycle) override {
    session_->gate.read([&] {
      results_.clear();
      refused_.clear();
      if (barrier_ = session_->barrier(records_, called_); barrier_) return;
      for (std::span<const driver::Record> rest = records_; !rest.empty();) {
        const auto* to = rest.front().to;
        const auto other = std::ranges::find_if(rest, [&](const auto& record) { return record.to != to; });
        const auto same = rest.first(static_cast<std::size_t>(other - rest.begin()));
        place_of(to)->role == driver::Role::main ? append(cycle, same) : put_each(cycle, same);
        rest = rest.subspan(same.size());
      }
    });
  }

  void report(const Error* failed) override {
    if (!failed && !barrier_) return tell(nullptr);
    fail(failed ? *failed : barrier_);
  }
  bool turn_away() override {
    Error why;
    session_->gate.read([&] { why = session_->barrier(records_, called_); });
    if (why) fail(why);
    return static_cast<bool>(why);
  }

 private:
  // Whatever is called for before the caller has heard of this one must fail too.
  void fail(const Error& why) {
    session_->gate.read([&] { session_->bar(records_, why); });
    tell(&why);
    session_->known();
  }
  void tell(const Error* failed) {
    std::vector<driver::Sent> outcomes(records_.size());
    std::vector<std::array<char, 20>> digits(failed ? 0 : records_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      outcomes[i].tag = records_[i].tag;
      const auto refused = refused_.find(i);
      if (failed || refused != refused_.end()) {
        outcomes[i].error = failed ? *failed : refused->second;
      } else if (i < results_.size()) {
        auto& text = digits[i];
        const auto end = std::to_chars(text.data(), text.data() + text.size(), results_[i].offset).ptr;
        outcomes[i].native_id = {text.data(), static_cast<std::size_t>(end - text.data())};
        outcomes[i].duplicate = results_[i].duplicate;
      }
    }
    const bool room = session_->discharge(records_.size(), bytes_);
    session_->gate.with([&](driver::PublishSink& sink) {
      sink.sent(outcomes);
      if (room) sink.writable();
    });
  }
  void append(Cycle& cycle, std::span<const driver::Record> records) {
    const auto& place = *place_of(records.front().to);
    auto& log = cycle.tables.log;
    const auto topic = log.obtain(place.main, place.ordered, place.retention_age, place.retention_bytes);
    cycle.touched |= WakeFile::bit(topic.id);
    if (topic.retention_bytes == 0) return log.append(topic.id, records, cycle.wall, results_);
    for (const auto& record : records) {
      const auto size = static_cast<std::int64_t>(size_of(record)) + message_overhead;
      if (auto full = no_room(cycle, record, topic.id, size)) {
        refuse(std::move(full));
        continue;
      }
      results_.push_back(log.append(topic.id, record, cycle.wall));
      if (!results_.back().duplicate) log.add_bytes(topic.id, results_.back().offset, results_.back().offset);
    }
  }
  Error no_room(Cycle& cycle, const driver::Record& record, std::int64_t id, std::int64_t size) {
    const auto topic = cycle.tables.log.find(id);
    const auto over = topic ? topic->bytes + size - topic->retention_bytes : 0;
    if (over <= 0 || make_room(cycle.tables, *topic, over) >= over) return {};
    return failure(Errc::queue_full,
                   record.to->native + " has " + std::to_string(topic->bytes) + " of at most " +
                       std::to_string(topic->retention_bytes) + " bytes, and its groups have not finished the oldest",
                   "let its groups catch up (ductape group show), or raise retention.bytes of the topic's policy");
  }
  void put_each(Cycle& cycle, std::span<const driver::Record> records) {
    for (const auto& record : records) {
      auto placed = put(cycle, record, 0, 0);
      if (placed.error)
        refuse(std::move(placed.error));
      else
        results_.push_back(placed.appended);
    }
  }
  void refuse(Error why) {
    refused_.emplace(results_.size(), std::move(why));
    results_.emplace_back();
  }

  std::shared_ptr<Session> session_;
  std::vector<driver::Record> records_;
  const std::uint64_t called_;            // the session's epoch
  Error barrier_;                         // why nothing of it is stored, if that is so
  std::map<std::size_t, Error> refused_;  // by their place among the records
  std::vector<Log::Appended> results_;
  std::size_t bytes_ = 0;
};

/// Something to tell the sink in its turn.
class Tell final : public Operation {
 public:
  explicit Tell(std::function<void()> what) : what_(std::move(what)) {}
  [[nodiscard]] bool uses_file() const override { return false; }
  [[nodiscard]] bool engine_reports() const override { return false; }
  void report(const Error*) override { what_(); }

 private:
  std::function<void()> what_;
};

class LocalPublisher final : public driver::Publisher {
 public:
  LocalPublisher(driver::PublishSink& sink, driver::Runtime& runtime, FindEngine find)
      : session_(std::make_shared<Session>(sink, runtime)), find_(std::move(find)) {}
  ~LocalPublisher() override {
    assert(session_->gate.ended() && "a session is stopped before it is destroyed");
    session_->gate.quiesce();
  }

  std::size_t submit(std::span<const driver::Record> records) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return 0;
    std::unique_ptr<Publish> operation;
    std::size_t taken = 0;
    for (const auto& record : records) {
      const auto size = size_of(record);
      if (auto refused = admissible(record)) {
        post(std::move(operation));
        refuse(record.tag, std::move(refused));
      } else {
        if (!session_->admit(size)) break;
        if (!operation) operation = std::make_unique<Publish>(session_);
        operation->add(record, size);
        if (operation->full()) post(std::move(operation));
      }
      ++taken;
    }
    post(std::move(operation));
    return taken;
  }

  void stop(driver::Deadline deadline) override {
    const std::lock_guard lock(mutex_);
    // Whatever holds the engine up: at the deadline what it did not report is of unknown outcome.
    const auto timer = session_->runtime.at(deadline, [session = session_] { session->gate.end({}); });
    if (std::exchange(stopped_, true)) return;  // an earlier deadline than before holds
    tell([session = session_, timer] {
      session->runtime.cancel(timer);
      session->gate.end({});
    });
  }

 private:
  Error admissible(const driver::Record& record) {
    if (auto error = refusal(record)) return error;
    const auto* place = place_of(record.to);
    if (engine_ && place->file == file_) return {};
    auto engine = find_(*record.to);
    if (!engine) return engine.error();
    engine_ = *engine;
    file_ = place->file;
    return {};
  }
  void post(std::unique_ptr<Publish> operation) {
    if (operation) engine_->post(std::move(operation));
  }
  void refuse(driver::Tag tag, Error error) {
    tell([session = session_, tag, error = std::move(error)] {
      session->gate.with([&](driver::PublishSink& sink) {
        const driver::Sent sent{.tag = tag, .error = error};
        sink.sent({&sent, 1});
      });
    });
  }
  void tell(std::function<void()> what) {
    if (engine_)
      engine_->post(std::make_unique<Tell>(std::move(what)));
    else
      session_->runtime.post(std::move(what));
  }

  std::shared_ptr<Session> session_;
  FindEngine find_;
  std::mutex mutex_;                // keeps calls in order
  std::shared_ptr<Engine> engine_;  // guarded by mutex_; all addresses of a connection have one
  std::string file_;                // guarded by mutex_
  bool stopped_ = false;            // guarded by mutex_
};

}  // namespace

Error refusal(const driver::Record& record) {
  if (const auto size = size_of(record); size > message_max)
    return failure(Errc::message_too_large,
                   "message " + std::string(record.id) + " has " + std::to_string(size) +
                       " bytes with its headers; the embedded broker takes up to " + std::to_string(message_max),
                   "send less, or a reference to it");
  if (record.delay.count() > 0 || record.ttl.count() > 0)
    return failure(Errc::unsupported, "the embedded broker stores no delay and no ttl",
                   "publish it when it is due; leave ttl out");
  if (!place_of(record.to))
    return failure(Errc::invalid_argument, "message " + std::string(record.id) + " has no address of this broker");
  return {};
}

std::unique_ptr<driver::Publisher> make_publisher(driver::PublishSink& sink, driver::Runtime& runtime,
                                                  FindEngine find) {
  return std::make_unique<LocalPublisher>(sink, runtime, std::move(find));
}

}  // namespace ductape::inline v0::local
