// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <ductape/driver/provider.hpp>

#include "providers/local/surroundings_test.h"

/// Publishers and consumers of tests, with sinks that remember.
namespace ductape::inline v0::local::test {

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

}  // namespace ductape::inline v0::local::test
