// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "providers/memory/provider.h"
#include "providers/memory/virtual_runtime.h"

namespace ductape::inline v0::memory {

using namespace std::chrono_literals;
using driver::Verdict;

/// What a publisher was told.
struct PublishLog final : driver::PublishSink {
  std::vector<std::string> lines;  // "1 ok", "2 not_found", "3 duplicate"
  std::vector<std::string> native_ids;
  int writable_calls = 0;
  std::optional<Error> end;

  void sent(std::span<const driver::Sent> outcomes) override {
    for (const auto& one : outcomes) {
      const auto what = one.error ? to_string(one.error.code) : one.duplicate ? "duplicate" : "ok";
      lines.push_back(std::to_string(one.tag) + " " + std::string(what));
      native_ids.emplace_back(one.native_id);
    }
  }
  void writable() override { ++writable_calls; }
  void ended(Error why) override { end = std::move(why); }
};

/// What a consumer was told.
struct ConsumeLog final : driver::ConsumeSink {
  struct Seen {
    driver::Tag tag;
    std::string id, key, body;
    std::uint32_t deliveries, failures;
    std::optional<driver::WallTime> first_failure = {};
    std::string position = {};
  };
  std::vector<Seen> seen;
  std::vector<std::string> settled_lines;  // "ok", "lost"
  std::vector<std::string> calls;          // "delivered 2", "settled 1": with the number of messages
  std::vector<driver::Tag> lost_tags;
  int alive_calls = 0;
  std::uint64_t missed = 0;
  std::optional<Error> end;

  void delivered(std::span<driver::Delivered> messages) override {
    calls.push_back("delivered " + std::to_string(messages.size()));
    for (const auto& one : messages)
      seen.push_back({one.tag,
                      std::string(one.id),
                      std::string(one.key),
                      {reinterpret_cast<const char*>(one.body.data()), one.body.size()},
                      one.deliveries.value_or(0),
                      one.failures,
                      one.first_failure,
                      std::string(one.position)});
  }
  void settled(std::span<const driver::Settled> outcomes) override {
    calls.push_back("settled " + std::to_string(outcomes.size()));
    for (const auto& one : outcomes) settled_lines.emplace_back(one.error ? to_string(one.error.code) : "ok");
  }
  void revoking(std::span<const std::uint32_t>, driver::Deadline) override { FAIL() << "there are no scopes here"; }
  void lost(std::span<const driver::Tag> tags, Error) override {
    lost_tags.insert(lost_tags.end(), tags.begin(), tags.end());
  }
  void alive(driver::Deadline) override { ++alive_calls; }
  void gap(std::uint32_t, std::uint64_t messages) override { missed += messages; }
  void ended(Error why) override { end = std::move(why); }

  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& one : seen) all.push_back(one.id);
    return all;
  }
};

/// A connection to a memory broker in virtual time, driven at the seam.
class SeamTest : public testing::Test {
 protected:
  struct Member {
    explicit Member(SeamTest& of) : test(of) {}
    ~Member() {
      if (!log.end) consumer->stop(test.runtime_->now());
      test.runtime_->run_until_idle();
    }
    void settle(std::size_t index, Verdict verdict, driver::Millis delay = 0ms) {
      const auto& one = log.seen.at(index);
      settle({.tag = one.tag,
              .verdict = verdict,
              .delay = delay,
              .failures = one.failures + 1,
              .first_failure = one.first_failure.value_or(test.runtime_->wall())});
    }
    /// The ack that publishes it to `to` under this id.
    void move(std::size_t index, const driver::Address& to, std::string_view id) {
      const auto& one = log.seen.at(index);
      const driver::Record moved{.to = &to, .id = id, .key = one.key, .body = std::as_bytes(std::span(one.body))};
      settle({.tag = one.tag, .moved = &moved});
    }
    void settle(const driver::Settle& outcome) const {
      consumer->settle(std::span(&outcome, 1));
      test.runtime_->run_until_idle();
    }
    SeamTest& test;
    ConsumeLog log;
    std::unique_ptr<driver::Consumer> consumer;
  };

  ~SeamTest() override {
    if (publisher_ && !publish_.end) publisher_->stop(runtime_->now());
    runtime_->run_until_idle();
  }

  void provision(std::string_view group, std::string_view from = "latest",
                 driver::GroupSpec::Mode mode = driver::GroupSpec::shared, bool ordered = false) {
    const driver::GroupSpec spec{.name = group, .mode = mode, .from = from};
    connection_->provision(topic(ordered), std::span(&spec, 1), true,
                           [this](Result<driver::Topology> made) { topology_ = std::move(made); });
    runtime_->run_until_idle();
  }
  [[nodiscard]] driver::TopicSpec topic(bool ordered = false) const {
    return {.product = "shop", .env = "dev", .broker = "orders", .topic = "new", .ordered = ordered};
  }
  [[nodiscard]] driver::Address address(driver::Role role = driver::Role::main, std::string_view group = {},
                                        bool ordered = false) const {
    return connection_->address(topic(ordered), role, group).value();
  }
  // A record whose id is its body; what it points at lives as long as the test.
  driver::Record record(std::string id, std::string key = {}) {
    const auto& kept = texts_.emplace_back(std::move(id));
    const auto& kept_key = texts_.emplace_back(std::move(key));
    return {.tag = ++tag_, .to = &main_, .id = kept, .key = kept_key, .body = std::as_bytes(std::span(kept))};
  }
  void publish(const driver::Record& one) {
    if (!publisher_) publisher_ = connection_->publisher(publish_);
    EXPECT_EQ(publisher_->submit(std::span(&one, 1)), 1u);
    runtime_->run_until_idle();
  }
  void publish(std::string id, std::string key = {}) { publish(record(std::move(id), std::move(key))); }

  std::unique_ptr<Member> member(std::string_view group, std::size_t credit = 100,
                                 driver::GroupSpec::Mode mode = driver::GroupSpec::shared) {
    return member(main_, group, credit, mode);
  }
  std::unique_ptr<Member> member(const driver::Address& from, std::string_view group, std::size_t credit = 100,
                                 driver::GroupSpec::Mode mode = driver::GroupSpec::shared) {
    auto made = std::make_unique<Member>(*this);
    made->consumer = connection_->consumer(from, {.name = group, .mode = mode}, 30s, made->log);
    made->consumer->credit(credit, 1u << 20);
    runtime_->run_until_idle();
    return made;
  }
  driver::GroupState inspect(std::string_view group) { return inspect(main_, group); }
  driver::GroupState inspect(const driver::Address& at, std::string_view group) {
    Result<driver::GroupState> state = Error{.code = Errc::internal, .message = "no answer"};
    connection_->inspect(at, group, [&](Result<driver::GroupState> answer) { state = std::move(answer); });
    runtime_->run_until_idle();
    return state.value();
  }

  Result<void> reset(std::string_view group, std::string_view to) {
    Result<void> result = Error{.code = Errc::internal, .message = "no answer"};
    connection_->reset(main_, group, to, [&](Result<void> answer) { result = std::move(answer); });
    runtime_->run_until_idle();
    return result;
  }

  std::shared_ptr<VirtualRuntime> runtime_ = std::make_shared<VirtualRuntime>();
  std::shared_ptr<Server> server_ = std::make_shared<Server>();
  Provider provider_{server_};
  std::unique_ptr<driver::Connection> connection_ = provider_.open({}, *runtime_).value();
  driver::Address main_ = address();
  Result<driver::Topology> topology_ = driver::Topology{};
  PublishLog publish_;
  std::unique_ptr<driver::Publisher> publisher_;
  std::deque<std::string> texts_;
  driver::Tag tag_ = 0;
};

}  // namespace ductape::inline v0::memory
