// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/two_step.h"

#include <algorithm>
#include <deque>
#include <ductape/driver/fault.hpp>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace ductape::inline v0::pipeline {
namespace {

using namespace driver;

/// Stands between the driver's consumer and its sink. It publishes over a session of its own, which it makes when the
/// first message is moved.
class TwoStepConsumer final : public Consumer, ConsumeSink {
 public:
  // What the driver tells at once may come before this has returned: the sink asks nothing of a session that it was not
  // given yet, and nothing is moved before it asks.
  TwoStepConsumer(Connection& connection, const Address& from, const GroupSpec& group, Millis lease, ConsumeSink& sink)
      : connection_(connection), sink_(sink), publishing_(*this) {
    inner_ = connection.consumer(from, group, lease, *this);
  }
  ~TwoStepConsumer() override {
    inner_.reset();
    publisher_.reset();
    finished_.clear();
    const std::lock_guard told(telling_);
  }

  void credit(std::size_t messages, std::size_t bytes) override { inner_->credit(messages, bytes); }
  void extend(std::span<const Tag> tags, Millis lease) override { inner_->extend(tags, lease); }
  void released(std::span<const std::uint32_t> scopes) override { inner_->released(scopes); }
  void seek(std::string_view position, Done<void> done) override { inner_->seek(position, std::move(done)); }
  void stop(Deadline deadline) override { inner_->stop(deadline); }

  void settle(std::span<const Settle> outcomes) override {
    if (std::ranges::none_of(outcomes, [](const Settle& outcome) { return outcome.moved != nullptr; })) {
      {
        const std::lock_guard lock(mutex_);
        if (over_) return;
      }
      return inner_->settle(outcomes);
    }
    std::vector<Settle> plain;
    {
      const std::lock_guard lock(mutex_);
      if (over_) return;
      for (const auto& outcome : outcomes) {
        if (outcome.moved == nullptr) {
          plain.push_back(outcome);
          continue;
        }
        auto& record = to_send_.emplace_back(*outcome.moved);
        record.tag = outcome.tag;
        moving_.insert(outcome.tag);
      }
      send();
    }
    if (!plain.empty()) inner_->settle(plain);
  }

 private:
  // Never taken by a call on this session, hence it may be held while the sink is told: it lets the driver's two
  // sessions speak one at a time.
  using Telling = std::lock_guard<std::mutex>;

  class Publishing final : public PublishSink {
   public:
    explicit Publishing(TwoStepConsumer& consumer) : consumer_(consumer) {}
    void sent(std::span<const Sent> outcomes) override { consumer_.sent(outcomes); }
    void writable() override {
      const std::lock_guard lock(consumer_.mutex_);
      consumer_.send();
    }
    void ended(Error why) override { consumer_.stopped_publishing(std::move(why)); }

   private:
    TwoStepConsumer& consumer_;
  };

  // With the lock held.
  void send() {
    if (to_send_.empty() || over_) return;
    if (!publisher_) publisher_ = connection_.publisher(publishing_);
    const std::vector<Record> batch(to_send_.begin(), to_send_.end());
    const auto taken = publisher_->submit(batch);
    to_send_.erase(to_send_.begin(), to_send_.begin() + static_cast<std::ptrdiff_t>(taken));
  }

  void sent(std::span<const Sent> outcomes) {
    std::vector<Settle> acks;
    std::vector<Settled> failed;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& outcome : outcomes) {
        if (moving_.erase(outcome.tag) == 0) continue;
        if (outcome.error)
          failed.push_back({.tag = outcome.tag, .error = outcome.error});
        else
          acks.push_back({.tag = outcome.tag, .verdict = Verdict::ack});
      }
    }
    if (!acks.empty()) {
      fault_point("subscribe.moved_not_acked");
      inner_->settle(acks);
    }
    if (failed.empty()) return;
    const Telling one(telling_);
    sink_.settled(failed);
  }

  void stopped_publishing(Error why) {
    if (!why) why = {.code = Errc::unavailable, .message = "the session that publishes moved messages was closed"};
    std::vector<Settled> failed;
    bool over = false;
    {
      const std::lock_guard lock(mutex_);
      finished_.push_back(std::move(publisher_));
      to_send_.clear();
      for (const auto tag : std::exchange(moving_, {})) failed.push_back({.tag = tag, .error = why});
      over = over_;
    }
    const Telling one(telling_);
    if (over)
      sink_.ended(std::move(why_over_));
    else if (!failed.empty())
      sink_.settled(failed);
  }

  // ConsumeSink
  void delivered(std::span<Delivered> messages) override {
    const Telling one(telling_);
    sink_.delivered(messages);
  }
  void settled(std::span<const Settled> outcomes) override {
    const Telling one(telling_);
    sink_.settled(outcomes);
  }
  void revoking(std::span<const std::uint32_t> scopes, Deadline deadline) override {
    const Telling one(telling_);
    sink_.revoking(scopes, deadline);
  }
  void lost(std::span<const Tag> tags, Error why) override {
    const Telling one(telling_);
    sink_.lost(tags, std::move(why));
  }
  void alive(Deadline last_fetch) override {
    const Telling one(telling_);
    sink_.alive(last_fetch);
  }
  void gap(std::uint32_t scope, std::uint64_t messages) override {
    const Telling one(telling_);
    sink_.gap(scope, messages);
  }

  void ended(Error why) override {
    Publisher* publishing = nullptr;
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      why_over_ = why;
      publishing = publisher_.get();
    }
    // It goes only by its own end, which cannot be told before this call returns.
    if (publishing != nullptr) return publishing->stop(Deadline::min());
    const Telling one(telling_);
    sink_.ended(std::move(why));
  }

  Connection& connection_;
  ConsumeSink& sink_;
  Publishing publishing_;
  std::mutex telling_;
  std::unique_ptr<Consumer> inner_;

  std::mutex mutex_;
  std::unique_ptr<Publisher> publisher_;
  std::vector<std::unique_ptr<Publisher>> finished_;  // cannot go from inside their own call
  std::deque<Record> to_send_;
  std::unordered_set<Tag> moving_;
  bool over_ = false;
  Error why_over_;
};

}  // namespace

std::unique_ptr<Consumer> TwoStep::consumer(const Address& from, const GroupSpec& group, Millis lease,
                                            ConsumeSink& sink) {
  return std::make_unique<TwoStepConsumer>(*inner_, from, group, lease, sink);
}

}  // namespace ductape::inline v0::pipeline
