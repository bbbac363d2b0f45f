// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ductape/driver/provider.hpp>

#include "providers/local/provider.h"
#include "providers/local/sqlite.h"

/// What the tests of this provider stand on: real threads, real files, sinks that remember.
namespace ductape::inline v0::local::test {

using namespace std::chrono_literals;
using driver::Millis;

/// Longer than anything takes on a loaded machine; a test that waits so long fails.
constexpr auto patience = 20s;

/// What another program does to a file.
inline void execute(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  const Handle handle(db);
  sqlite3_busy_timeout(db, 5000);
  ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
}

/// What one sees in it: the first column of the first row.
inline std::string query_text(const std::string& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  Connected db{Handle(raw)};
  sqlite3_busy_timeout(raw, 5000);
  Statement statement(db, sql.c_str());
  auto rows = statement();
  return rows.next() ? std::string(rows.bytes(0)) : std::string("nothing: ") + sqlite3_errmsg(raw);
}
inline std::int64_t query(const std::string& file, const std::string& sql) { return std::stoll(query_text(file, sql)); }

class Directory {
 public:
  Directory() {
    auto name = (std::filesystem::temp_directory_path() / "ductape-local-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& ending) const { return path_ + "/shop.dev.events" + ending; }

 private:
  std::string path_;
};

/// One thread that runs tasks and timers. Its time is the machine's, and what it is moved ahead.
class TestRuntime final : public driver::Runtime {
 public:
  TestRuntime() : thread_([this] { run(); }) {}
  ~TestRuntime() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  [[nodiscard]] driver::Deadline now() const override { return driver::Clock::now() + ahead_.load(); }
  [[nodiscard]] driver::WallTime wall() const override { return std::chrono::system_clock::now() + ahead_.load(); }
  void advance(Millis by) {
    const std::lock_guard lock(mutex_);
    ahead_ = ahead_.load() + by;
    changed_.notify_one();
  }
  void post(std::function<void()> task) override { at({}, std::move(task)); }
  Timer at(driver::Deadline when, std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    timers_.emplace(std::pair(when, ++last_), std::move(task));
    changed_.notify_one();
    return last_;
  }
  void cancel(Timer timer) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (timers_.empty()) {
        changed_.wait(lock);
      } else if (const auto when = timers_.begin()->first.first; when > now()) {
        changed_.wait_until(lock, when - ahead_.load());
      } else {
        const auto task = std::move(timers_.extract(timers_.begin()).mapped());
        lock.unlock();
        task();
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<driver::Deadline, Timer>, std::function<void()>> timers_;
  Timer last_ = 0;
  std::atomic<Millis> ahead_ = Millis(0);
  bool stopping_ = false;
  std::thread thread_;
};

/// A mutex with a condition to wait on.
class Monitor {
 public:
  bool until(const std::function<bool()>& holds, Millis at_most = patience) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, at_most, holds);
  }
  std::mutex mutex;
  std::condition_variable changed;
};

/// A publisher with its sink.
class Sender final : public driver::PublishSink {
 public:
  explicit Sender(driver::Connection& connection) : publisher_(connection.publisher(*this)) {}
  ~Sender() { stop(); }

  struct Outcome {
    Error error = {};
    std::string native_id = {};
    bool duplicate = false;
  };
  /// Sends one message and waits for its outcome.
  Outcome send(const driver::Address& to, std::string id, std::string key, std::string body) {
    const auto tag = submit(to, std::move(id), std::move(key), std::move(body));
    return wait(tag);
  }
  driver::Tag submit(const driver::Address& to, std::string id, std::string key, std::string body) {
    driver::Tag tag;
    const Message* message;
    {
      const std::lock_guard lock(monitor_.mutex);
      tag = ++last_;
      message = &messages_.emplace(tag, Message{std::move(id), std::move(key), std::move(body), {}, {}}).first->second;
    }
    const driver::Record record{.tag = tag,
                                .to = &to,
                                .id = message->id,
                                .key = message->key,
                                .body = std::as_bytes(std::span(message->body)),
                                .attributes = attributes,
                                .headers = headers};
    while (publisher_->submit({&record, 1}) == 0) std::this_thread::yield();
    return tag;
  }
  Outcome wait(driver::Tag tag) {
    if (!monitor_.until([&] { return outcomes_.contains(tag) || ended_; }))
      return {.error = {.code = Errc::timed_out, .message = "no outcome"}};
    const std::lock_guard lock(monitor_.mutex);
    return outcomes_.contains(tag) ? outcomes_[tag] : Outcome{.error = {.code = Errc::closed, .message = "ended"}};
  }
  std::size_t outcomes() {
    const std::lock_guard lock(monitor_.mutex);
    return outcomes_.size();
  }
  void stop(Millis within = 5000ms) {
    publisher_->stop(driver::Clock::now() + within);
    monitor_.until([&] { return ended_; });
  }

  std::vector<driver::Header> attributes = {}, headers = {};

 private:
  struct Message {
    std::string id, key, body;
    int a, b;
  };
  void sent(std::span<const driver::Sent> outcomes) override {
    const std::lock_guard lock(monitor_.mutex);
    for (const auto& o : outcomes) outcomes_[o.tag] = {o.error, std::string(o.native_id), o.duplicate};
    monitor_.changed.notify_all();
  }
  void writable() override {}
  void ended(Error) override {
    const std::lock_guard lock(monitor_.mutex);
    ended_ = true;
    monitor_.changed.notify_all();
  }

  Monitor monitor_;
  std::map<driver::Tag, Message> messages_;
  std::map<driver::Tag, Outcome> outcomes_;
  driver::Tag last_ = 0;
  bool ended_ = false;
  std::unique_ptr<driver::Publisher> publisher_;
};

/// A consumer with its sink.
class Receiver final : public driver::ConsumeSink {
 public:
  struct Got {
    driver::Tag tag = 0;
    std::string id, key, body, position;
    std::uint32_t deliveries = 0, failures = 0;
    std::optional<driver::WallTime> first_failure = {};
    std::map<std::string, std::string> attributes = {}, headers = {};
    driver::Deadline lease = {};
    std::optional<driver::WallTime> published = {};
  };

  Receiver(driver::Connection& connection, const driver::Address& from, const driver::GroupSpec& group,
           Millis lease = 30s, std::size_t credit = 1000)
      : consumer_(connection.consumer(from, group, lease, *this)) {
    if (credit > 0) consumer_->credit(credit, std::size_t{64} << 20);
  }
  ~Receiver() { stop(); }

  driver::Consumer* operator->() { return consumer_.get(); }

  /// Waits until at least `count` were handed out, ever, and gives them all.
  std::vector<Got> wait(std::size_t count, Millis at_most = patience) {
    monitor_.until([&] { return got_.size() >= count || ended_; }, at_most);
    const std::lock_guard lock(monitor_.mutex);
    return got_;
  }
  std::size_t count() {
    const std::lock_guard lock(monitor_.mutex);
    return got_.size();
  }
  /// Settles and waits for the answer.
  Error settle(driver::Settle outcome) {
    {
      const std::lock_guard lock(monitor_.mutex);
      settled_.erase(outcome.tag);
    }
    consumer_->settle({&outcome, 1});
    if (!monitor_.until([&] { return settled_.contains(outcome.tag) || ended_; }))
      return {.code = Errc::timed_out, .message = "not settled"};
    const std::lock_guard lock(monitor_.mutex);
    return settled_[outcome.tag];
  }
  Error ack(const Got& got) { return settle({.tag = got.tag}); }
  Error retry(const Got& got, Millis delay) {
    return settle({.tag = got.tag,
                   .verdict = driver::Verdict::retry,
                   .delay = delay,
                   .failures = got.failures + 1,
                   .first_failure = got.first_failure.value_or(std::chrono::system_clock::now())});
  }
  Error give_back(const Got& got) { return settle({.tag = got.tag, .verdict = driver::Verdict::give_back}); }
  bool wait_settled(std::size_t count) {
    return monitor_.until([&] { return settled_.size() >= count; });
  }
  bool wait_lost(std::size_t count) {
    return monitor_.until([&] { return lost_.size() >= count; });
  }
  bool wait_alive(std::size_t signs = 1) {
    return monitor_.until([&] { return alive_ >= signs || ended_; }) && alive() >= signs;
  }
  std::size_t alive() {
    const std::lock_guard lock(monitor_.mutex);
    return alive_;
  }
  std::size_t lost() {
    const std::lock_guard lock(monitor_.mutex);
    return lost_.size();
  }
  bool wait_gap(std::uint64_t messages) {
    return monitor_.until([&] { return gap_ >= messages; }) && gap_ == messages;
  }
  bool has_ended() {
    const std::lock_guard lock(monitor_.mutex);
    return ended_;
  }
  Error wait_ended() {
    monitor_.until([&] { return ended_; });
    const std::lock_guard lock(monitor_.mutex);
    return ended_ ? why_ : Error{.code = Errc::timed_out, .message = "not ended"};
  }
  void stop(Millis within = 0ms) {
    consumer_->stop(driver::Clock::now() + within);
    monitor_.until([&] { return ended_; });
  }

  bool ack_at_once = false;

 private:
  void delivered(std::span<driver::Delivered> messages) override {
    std::vector<driver::Settle> outcomes;
    {
      const std::lock_guard lock(monitor_.mutex);
      for (const auto& m : messages) {
        Got got{.tag = m.tag,
                .id = std::string(m.id),
                .key = std::string(m.key),
                .body = {},
                .position = std::string(m.position),
                .deliveries = m.deliveries.value_or(0),
                .failures = m.failures,
                .first_failure = m.first_failure,
                .lease = m.lease,
                .published = m.published};
        got.body.assign(reinterpret_cast<const char*>(m.body.data()), m.body.size());
        for (const auto& [name, value] : m.attributes) got.attributes.emplace(name, value);
        for (const auto& [name, value] : m.headers) got.headers.emplace(name, value);
        got_.push_back(std::move(got));
        if (ack_at_once) outcomes.push_back({.tag = m.tag});
      }
      monitor_.changed.notify_all();
    }
    if (!outcomes.empty()) consumer_->settle(outcomes);
  }
  void settled(std::span<const driver::Settled> outcomes) override {
    const std::lock_guard lock(monitor_.mutex);
    for (const auto& o : outcomes) settled_[o.tag] = o.error;
    monitor_.changed.notify_all();
  }
  void revoking(std::span<const std::uint32_t>, driver::Deadline) override {}
  void lost(std::span<const driver::Tag> tags, Error) override {
    const std::lock_guard lock(monitor_.mutex);
    lost_.insert(lost_.end(), tags.begin(), tags.end());
    monitor_.changed.notify_all();
  }
  void alive(driver::Deadline) override {
    const std::lock_guard lock(monitor_.mutex);
    ++alive_;
    monitor_.changed.notify_all();
  }
  void gap(std::uint32_t, std::uint64_t messages) override {
    const std::lock_guard lock(monitor_.mutex);
    gap_ += messages;
    monitor_.changed.notify_all();
  }
  void ended(Error why) override {
    const std::lock_guard lock(monitor_.mutex);
    ended_ = true;
    why_ = std::move(why);
    monitor_.changed.notify_all();
  }

  Monitor monitor_;
  std::vector<Got> got_;
  std::map<driver::Tag, Error> settled_;
  std::vector<driver::Tag> lost_;
  std::size_t alive_ = 0;
  std::uint64_t gap_ = 0;
  bool ended_ = false;
  Error why_;
  std::unique_ptr<driver::Consumer> consumer_;
};

/// Waits for the answer of an asynchronous call.
template <class T>
Result<T> ask(const std::function<void(driver::Done<T>)>& call) {
  auto monitor = std::make_shared<Monitor>();
  auto answer = std::make_shared<std::optional<Result<T>>>();
  call([=](Result<T> result) {
    const std::lock_guard lock(monitor->mutex);
    *answer = std::move(result);
    monitor->changed.notify_all();
  });
  if (!monitor->until([&] { return answer->has_value(); }))
    return Error{.code = Errc::timed_out, .message = "no answer"};
  const std::lock_guard lock(monitor->mutex);
  return **answer;
}

/// A connection to the broker `shop.dev.events` with what tests ask of it.
class Broker {
 public:
  explicit Broker(const std::string& directory, driver::Runtime& runtime)
      : connection_(provider_local().open({.directory = directory}, runtime).value()) {}

  driver::Connection& operator*() { return *connection_; }
  driver::Connection* operator->() { return connection_.get(); }

  static driver::TopicSpec topic(std::string_view tag, bool ordered = false) {
    return {.product = "shop", .env = "dev", .broker = "events", .topic = tag, .ordered = ordered};
  }
  driver::Address address(std::string_view tag, bool ordered = false) {
    return connection_->address(topic(tag, ordered), driver::Role::main, {}).value();
  }
  driver::Address retries(std::string_view tag, std::string_view group, bool ordered = false) {
    return connection_->address(topic(tag, ordered), driver::Role::retry, group).value();
  }
  driver::Address dead_letters(std::string_view tag, std::string_view group) {
    return connection_->address(topic(tag), driver::Role::dead_letter, group).value();
  }
  Result<driver::Topology> provision(const driver::TopicSpec& spec, std::vector<driver::GroupSpec> groups,
                                     bool create = true) {
    return ask<driver::Topology>([&](auto done) { connection_->provision(spec, groups, create, done); });
  }
  Result<driver::GroupState> inspect(const driver::Address& main, std::string_view group) {
    return ask<driver::GroupState>([&](auto done) { connection_->inspect(main, group, done); });
  }
  Result<void> forget(const driver::Address& main, std::string_view group) {
    return ask<void>([&](auto done) { connection_->forget(main, group, done); });
  }
  Result<void> reset(const driver::Address& main, std::string_view group, std::string_view to) {
    return ask<void>([&](auto done) { connection_->reset(main, group, to, done); });
  }
  Result<driver::Probe> probe() {
    return ask<driver::Probe>([&](auto done) { connection_->probe(driver::Clock::now() + 10s, done); });
  }

 private:
  std::unique_ptr<driver::Connection> connection_;
};

}  // namespace ductape::inline v0::local::test
