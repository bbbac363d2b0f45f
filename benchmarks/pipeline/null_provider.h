// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::benchmarks {

/// Confirms each record at once and hands out one message over and over: what is measured above it is ours alone.
class NullProvider final : public driver::Provider {
 public:
  NullProvider(std::string_view body, std::span<const driver::Header> attributes,
               std::span<const driver::Header> headers, std::span<const std::string_view> keys)
      : keys_(keys) {
    template_.body = std::as_bytes(std::span(body));
    template_.attributes = attributes;
    template_.headers = headers;
    template_.deliveries = 1;
    template_.published = driver::WallTime{};
    template_.bytes = std::make_shared<int>(0);
  }
  [[nodiscard]] std::string_view name() const override { return "null"; }
  [[nodiscard]] driver::Capabilities capabilities() const override {
    return {.ordering = driver::Ordering::per_key,
            .lease = driver::Lease::renewable,
            .retry_delay_max = driver::Millis::max(),
            .keeps_without_group = true,
            .many_groups = true,
            .counts_deliveries = true,
            .moves = true,
            .message_max = 1 << 20};
  }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options&, driver::Runtime& runtime) const override {
    return std::unique_ptr<driver::Connection>(new Connection(*this, runtime));
  }

  /// How many messages the consumer hands out; set before `Runtime::run`.
  void offer(std::uint64_t messages) { offered_ += messages; }

 private:
  class Publishing final : public driver::Publisher {
   public:
    Publishing(driver::Runtime& runtime, driver::PublishSink& sink) : runtime_(runtime), sink_(sink) {}
    std::size_t submit(std::span<const driver::Record> records) override {
      for (const auto& record : records) {
        auto& outcome = outcomes_.emplace_back();
        outcome.tag = record.tag;
        outcome.native_id = "12345";
      }
      if (!std::exchange(posted_, true)) runtime_.post([this] { confirm(); });
      return records.size();
    }
    void stop(driver::Deadline) override {
      runtime_.post([this] { sink_.ended({}); });
    }

   private:
    void confirm() {
      posted_ = false;
      sent_.swap(outcomes_);
      sink_.sent(sent_);
      sent_.clear();
    }
    driver::Runtime& runtime_;
    driver::PublishSink& sink_;
    std::vector<driver::Sent> outcomes_, sent_;
    bool posted_ = false;
  };

  class Consuming final : public driver::Consumer {
   public:
    Consuming(const NullProvider& provider, driver::Runtime& runtime, driver::ConsumeSink& sink)
        : provider_(provider), runtime_(runtime), sink_(sink) {}
    void credit(std::size_t messages, std::size_t) override {
      window_ = messages;
      look();
    }
    void settle(std::span<const driver::Settle> outcomes) override {
      settled_.reserve(settled_.size() + outcomes.size());
      for (const auto& outcome : outcomes) settled_.emplace_back().tag = outcome.tag;
      look();
    }
    void extend(std::span<const driver::Tag>, driver::Millis) override {}
    void released(std::span<const std::uint32_t>) override {}
    void seek(std::string_view, driver::Done<void>) override {}
    void stop(driver::Deadline) override {
      runtime_.post([this] { sink_.ended({}); });
    }

   private:
    void look() {
      if (!std::exchange(posted_, true)) runtime_.post([this] { work(); });
    }
    void work() {
      posted_ = false;
      answering_.swap(settled_);
      out_ -= answering_.size();
      if (!answering_.empty()) sink_.settled(answering_);
      answering_.clear();
      while (out_ < window_ && provider_.offered_ > 0) {
        auto& message = messages_.emplace_back(provider_.template_);
        message.tag = ++last_;
        message.key = provider_.keys_[last_ % provider_.keys_.size()];
        message.id = "0198f2a5-7c11-7000-8000-0123456789ab";
        --provider_.offered_;
        ++out_;
      }
      if (!messages_.empty()) sink_.delivered(messages_);
      messages_.clear();
    }
    const NullProvider& provider_;
    driver::Runtime& runtime_;
    driver::ConsumeSink& sink_;
    std::vector<driver::Settled> settled_, answering_;
    std::vector<driver::Delivered> messages_;
    driver::Tag last_ = 0;
    std::size_t window_ = 0, out_ = 0;
    bool posted_ = false;
  };

  class Connection final : public driver::Connection {
   public:
    Connection(const NullProvider& provider, driver::Runtime& runtime) : provider_(provider), runtime_(runtime) {}
    Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role, std::string_view) const override {
      return driver::Address{.native = std::string(topic.topic)};
    }
    void provision(const driver::TopicSpec&, std::span<const driver::GroupSpec>, bool,
                   driver::Done<driver::Topology> done) override {
      done(driver::Topology{});
    }
    void forget(const driver::Address&, std::string_view, driver::Done<void> done) override { done({}); }
    std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override {
      return std::make_unique<Publishing>(runtime_, sink);
    }
    std::unique_ptr<driver::Consumer> consumer(const driver::Address&, const driver::GroupSpec&, driver::Millis,
                                               driver::ConsumeSink& sink) override {
      return std::make_unique<Consuming>(provider_, runtime_, sink);
    }
    void inspect(const driver::Address&, std::string_view, driver::Done<driver::GroupState> done) override {
      done(driver::GroupState{});
    }
    void probe(driver::Deadline, driver::Done<driver::Probe> done) override { done(driver::Probe{}); }

   private:
    const NullProvider& provider_;
    driver::Runtime& runtime_;
  };

  const std::span<const std::string_view> keys_;
  driver::Delivered template_;
  mutable std::uint64_t offered_ = 0;
};

}  // namespace ductape::inline v0::benchmarks
