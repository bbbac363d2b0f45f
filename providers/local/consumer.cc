// SPDX-License-Identifier: Apache-2.0
#include "providers/local/consumer.h"

#include <algorithm>
#include <cassert>

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;
// A session leaves that long before its deadline, so that what it gives back is stored by then. When the file is held
// up it ends at the deadline all the same, but not before this time had passed.
constexpr auto leaving = 250ms;

class Open final : public Operation {
 public:
  Open(Engine& engine, std::shared_ptr<Member> member) : engine_(engine), member_(std::move(member)) {}
  [[nodiscard]] bool durable() const override { return false; }
  void apply(Cycle& cycle) override { refused_ = member_->join(cycle); }
  void report(const Error* failed) override {
    if (failed || refused_) return member_->gate.end(failed ? *failed : refused_);
    engine_.enroll(member_);
    member_->joined();
  }

 private:
  Engine& engine_;
  std::shared_ptr<Member> member_;
  Error refused_;
};

class SettleAll final : public Operation {
 public:
  SettleAll(std::shared_ptr<Member> member, std::span<const driver::Settle> outcomes)
      : member_(std::move(member)), outcomes_(outcomes.begin(), outcomes.end()) {}
  [[nodiscard]] const char* name() const override { return "settle"; }
  [[nodiscard]] bool durable() const override { return member_->durable(); }
  [[nodiscard]] bool patient() const override { return true; }
  [[nodiscard]] bool engine_reports() const override { return false; }
  [[nodiscard]] std::size_t count() const override { return outcomes_.size(); }
  [[nodiscard]] std::size_t bytes() const override {
    std::size_t size = 0;
    for (const auto& outcome : outcomes_) size += outcome.moved ? outcome.moved->body.size() : 0;
    return size;
  }
  void apply(Cycle& cycle) override {
    // Inside the gate: `moved` is the caller's only as long as the session lives.
    member_->gate.read([&] { member_->settle(cycle, outcomes_, settling_); });
  }
  void undo() override { member_->unsettle(settling_); }
  void committed() override {
    member_->forget_done(settling_);
    // What comes again may be handed out again at once, and the session must hear of the outcome before that. There is
    // nothing in it that the disk has to keep.
    // None at all if the session went before this was applied; else one for each outcome, in their order.
    auto& results = settling_.results;
    Member::Settling returned;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (outcomes_[i].verdict != driver::Verdict::ack && !results[i].error) {
        returned.results.push_back(std::move(results[i]));
      } else {
        std::swap(outcomes_[kept], outcomes_[i]);
        std::swap(results[kept++], results[i]);
      }
    }
    if (!results.empty()) outcomes_.resize(kept);
    results.resize(kept);
    if (!returned.results.empty()) member_->settled(returned);
  }
  void report(const Error* failed) override {
    if (failed)
      member_->give_up(outcomes_, *failed);
    else if (!settling_.results.empty())
      member_->settled(settling_);
  }

 private:
  std::shared_ptr<Member> member_;
  std::vector<driver::Settle> outcomes_;
  Member::Settling settling_;
};

class Seek final : public Operation {
 public:
  Seek(std::shared_ptr<Member> member, std::string_view position, driver::Done<void> done)
      : member_(std::move(member)), position_(position), done_(std::move(done)) {}
  void apply(Cycle& cycle) override { refused_ = member_->seek(cycle, position_, sought_); }
  void undo() override { member_->unseek(sought_); }
  void report(const Error* failed) override {
    if (failed) return done_(*failed);
    if (refused_) return done_(refused_);
    member_->sought(sought_);
    done_({});
  }

 private:
  std::shared_ptr<Member> member_;
  std::string position_;
  driver::Done<void> done_;
  Error refused_;
  Member::Sought sought_;
};

/// What changes only the member, on its thread.
template <class Change>
class Adjust final : public Operation {
 public:
  explicit Adjust(Change change) : change_(std::move(change)) {}
  [[nodiscard]] bool uses_file() const override { return false; }
  [[nodiscard]] bool engine_reports() const override { return false; }
  void arrive() override { change_(); }

 private:
  Change change_;
};

class LocalConsumer final : public driver::Consumer {
 public:
  LocalConsumer(std::shared_ptr<Engine> engine, driver::ConsumeSink& sink, Member::Spec spec)
      : engine_(std::move(engine)), member_(std::make_shared<Member>(sink, engine_->runtime(), std::move(spec))) {
    engine_->post(std::make_unique<Open>(*engine_, member_));
  }
  ~LocalConsumer() override {
    assert(member_->gate.ended() && "a session is stopped before it is destroyed");
    member_->gate.quiesce();
  }

  void credit(std::size_t messages, std::size_t bytes) override {
    adjust([member = member_, messages, bytes] { member->credit(messages, bytes); });
  }
  void settle(std::span<const driver::Settle> outcomes) override {
    if (!outcomes.empty()) engine_->post(std::make_unique<SettleAll>(member_, outcomes));
  }
  void extend(std::span<const driver::Tag> tags, driver::Millis lease) override {
    adjust([member = member_, all = std::vector(tags.begin(), tags.end()), lease] { member->extend(all, lease); });
  }
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override {
    engine_->post(std::make_unique<Seek>(member_, position, std::move(done)));
  }
  void stop(driver::Deadline deadline) override {
    auto& runtime = engine_->runtime();
    adjust([member = member_, leave_at = deadline - leaving] { member->stop(leave_at); });
    runtime.at(std::max(deadline, runtime.now() + leaving), [member = member_] { member->gate.end({}); });
  }

 private:
  template <class Change>
  void adjust(Change change) {
    engine_->post(std::make_unique<Adjust<Change>>(std::move(change)));
  }

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<Member> member_;
};

}  // namespace

std::unique_ptr<driver::Consumer> make_consumer(std::shared_ptr<Engine> engine, driver::ConsumeSink& sink,
                                                Member::Spec spec) {
  return std::make_unique<LocalConsumer>(std::move(engine), sink, std::move(spec));
}

}  // namespace ductape::inline v0::local
