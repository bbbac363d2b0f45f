// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::support {

/// A driver that does only what a test tells it to: it records what it is given and answers when asked.
class ScriptedConnection final : public driver::Connection {
 public:
  struct Publishing final : driver::Publisher {
    Publishing(ScriptedConnection& owner, driver::PublishSink& to) : connection(owner), sink(to) {}
    ~Publishing() override {
      if (connection.publishing == this) connection.publishing = nullptr;
    }
    std::size_t submit(std::span<const driver::Record> records) override {
      const std::size_t taken = std::min(records.size(), connection.room);
      connection.room -= taken;
      for (const auto& record : records.first(taken)) {
        tags.push_back(record.tag);
        ids.emplace_back(record.id);
        keys.emplace_back(record.key);
      }
      return taken;
    }
    std::vector<driver::Tag> recall(std::span<const driver::Tag> late) override {
      if (connection.hands_over) return {};
      return {late.begin(), late.end()};
    }
    void stop(driver::Deadline) override { stopped = true; }
    void accept(std::size_t i) {
      const driver::Sent sent{.tag = tags.at(i), .native_id = "native"};
      sink.sent(std::span(&sent, 1));
    }
    void refuse(std::size_t i, Errc code) {
      const driver::Sent sent{.tag = tags.at(i), .error = {.code = code, .message = "refused"}};
      sink.sent(std::span(&sent, 1));
    }
    ScriptedConnection& connection;
    driver::PublishSink& sink;
    std::vector<driver::Tag> tags;
    std::vector<std::string> ids, keys;
    std::atomic<bool> stopped = false;  // closing happens in another thread
  };

  struct Consuming final : driver::Consumer {
    explicit Consuming(driver::ConsumeSink& to) : sink(to) {}
    void credit(std::size_t messages, std::size_t) override { window = messages; }
    void settle(std::span<const driver::Settle> outcomes) override {
      ++batches;
      for (const auto& outcome : outcomes) {
        settles.push_back(outcome);
        if (outcome.moved) moved_ids.emplace_back(outcome.moved->id);
      }
    }
    void extend(std::span<const driver::Tag> tags, driver::Millis) override { extended += tags.size(); }
    void released(std::span<const std::uint32_t> scopes) override { released_scopes += scopes.size(); }
    void seek(std::string_view, driver::Done<void>) override {}
    void stop(driver::Deadline) override { stopped = true; }

    void deliver(driver::Tag tag, std::string id, std::string key = {}, std::uint32_t failures = 0,
                 std::optional<std::uint32_t> deliveries = {}) {
      auto bytes = std::make_shared<std::pair<std::string, std::string>>(std::move(id), std::move(key));
      driver::Delivered message{.tag = tag,
                                .id = bytes->first,
                                .key = bytes->second,
                                .deliveries = deliveries,
                                .failures = failures,
                                .bytes = bytes};
      sink.delivered(std::span(&message, 1));
    }
    /// What was moved comes back, with its attributes and so many hand-outs.
    void deliver_moved(driver::Tag tag, const driver::Record& moved, std::uint32_t deliveries) {
      struct Kept {
        std::deque<std::string> texts;
        std::vector<driver::Header> attributes;
      };
      auto kept = std::make_shared<Kept>();
      const auto keep = [&](std::string_view text) -> std::string_view { return kept->texts.emplace_back(text); };
      for (const auto& [name, value] : moved.attributes) kept->attributes.push_back({keep(name), keep(value)});
      driver::Delivered message{
          .tag = tag, .id = keep(moved.id), .attributes = kept->attributes, .deliveries = deliveries, .bytes = kept};
      sink.delivered(std::span(&message, 1));
    }
    /// Answers all outcomes not answered yet.
    void answer(Error error = {}) {
      std::vector<driver::Settled> answers;
      for (; answered < settles.size(); ++answered) answers.push_back({.tag = settles[answered].tag, .error = error});
      sink.settled(answers);
    }
    driver::ConsumeSink& sink;
    std::atomic<std::size_t> window = 0;
    std::size_t batches = 0, extended = 0, released_scopes = 0, answered = 0;
    std::vector<driver::Settle> settles;
    std::vector<std::string> moved_ids;
    std::atomic<bool> stopped = false;  // closing happens in another thread
  };

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override {
    std::string native(topic.topic);
    if (role == driver::Role::dead_letter) native.append("/").append(group).append("/dead");
    return driver::Address{.native = std::move(native)};
  }
  void provision(const driver::TopicSpec&, std::span<const driver::GroupSpec>, bool,
                 driver::Done<driver::Topology> done) override {
    done(driver::Topology{});
  }
  void forget(const driver::Address&, std::string_view, driver::Done<void> done) override { done({}); }
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override {
    auto session = std::make_unique<Publishing>(*this, sink);
    publishing = session.get();
    ++publisher_sessions;
    return session;
  }
  std::unique_ptr<driver::Consumer> consumer(const driver::Address&, const driver::GroupSpec&, driver::Millis,
                                             driver::ConsumeSink& sink) override {
    auto session = std::make_unique<Consuming>(sink);
    consuming = session.get();
    ++consumer_sessions;
    return session;
  }
  void inspect(const driver::Address&, std::string_view, driver::Done<driver::GroupState> done) override {
    if (frozen)
      unanswered.push_back(std::move(done));
    else if (state)
      done(*state);
    else
      done(Error{.code = Errc::unavailable, .message = "silent"});
  }
  void probe(driver::Deadline, driver::Done<driver::Probe> done) override { done(driver::Probe{}); }

  std::optional<driver::GroupState> state;  // what inspect answers
  bool frozen = false;                      // then nothing is answered
  std::vector<driver::Done<driver::GroupState>> unanswered = {};
  bool hands_over = true;        // what submit takes goes out at once; else it is here until recalled
  std::size_t room = 1'000'000;  // records that submit takes
  Publishing* publishing = nullptr;
  Consuming* consuming = nullptr;
  int publisher_sessions = 0, consumer_sessions = 0;
};

/// What the scripted driver says it can do.
inline driver::Capabilities scripted_capabilities() {
  return {.ordering = driver::Ordering::per_key,
          .lease = driver::Lease::renewable,
          .retry_delay_max = driver::Millis::max(),
          .keeps_without_group = true,
          .many_groups = true,
          .counts_deliveries = true,
          .moves = true,
          .message_max = 1 << 20};
}

}  // namespace ductape::inline v0::support
