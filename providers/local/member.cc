// SPDX-License-Identifier: Apache-2.0
// A member's life: joining, its lease, leaving, and what its sink hears of all that.
#include "providers/local/member.h"

#include <algorithm>
#include <random>

#include "providers/local/errors.h"
#include "providers/local/staged.h"
#include "providers/local/start.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;
// After a transaction that failed, and between two signs of life.
constexpr std::chrono::milliseconds pause = 1s, sign_of_life = 100ms;

std::string unique_name(std::string_view group) {
  std::random_device random;
  return std::string(group) + "/broadcast/" + std::to_string((std::uint64_t{random()} << 32) | random());
}

}  // namespace

Member::Member(driver::ConsumeSink& sink, driver::Runtime& runtime, Spec spec)
    : gate(sink), runtime_(runtime), spec_(std::move(spec)) {}
Member::~Member() = default;

driver::Deadline Member::at(const Cycle& cycle, std::int64_t wall) const {
  constexpr std::int64_t far = 1'000'000'000'000;  // 30 years; what is beyond would overflow a Deadline
  return cycle.now + std::chrono::milliseconds(std::clamp(wall - cycle.wall, -far, far));
}

std::int64_t Member::until() const { return staged_->until != 0 ? staged_->until : until_; }
bool Member::hungry() const {
  return !stop_at_ && member_ != 0 && credit_messages_ > window_messages_ && credit_bytes_ > window_bytes_;
}
std::uint64_t Member::interest() const { return hungry() ? WakeFile::bit(topic_.id) : 0; }

driver::Deadline Member::next() const {
  if (member_ == 0) return driver::Deadline::max();
  auto next = renew_at_;
  if (!held_.empty()) next = std::min(next, earliest_);
  if (stop_at_) next = held_.empty() ? driver::Deadline{} : std::min(next, *stop_at_);
  if (!orphans_.empty()) next = {};
  if (hungry()) next = std::min(next, look_at_);
  return std::max(next, postponed_);
}

Error Member::join(Cycle& cycle) {
  auto& tables = cycle.tables;
  const auto missing = [&](std::string what) {
    return failure(Errc::not_found, std::move(what), "make it: ductape apply, ductape group create, or subscribe");
  };
  const bool broadcast = spec_.mode == driver::GroupSpec::broadcast;
  auto topic = tables.log.find(spec_.topic);
  if (!topic && broadcast) topic = tables.log.obtain(spec_.topic, spec_.ordered);
  if (!topic) return missing("topic " + spec_.native + " does not exist");
  topic_ = *topic;
  if (broadcast) {
    auto start = find_start(tables.log, topic_, spec_.from);
    if (!start) return start.error();
    group_ = tables.groups.create(topic_.id, unique_name(spec_.group), spec_.mode, start->offset, cycle.wall);
  } else if (const auto group = tables.groups.find(topic_.id, spec_.group)) {
    group_ = group->id;
  } else {
    return missing("group " + spec_.group + " of topic " + spec_.native + " does not exist");
  }
  counted_ = group_;
  if (reads_dead_letters()) {
    const auto main = tables.log.find(spec_.main);
    const auto group = main ? tables.groups.find(main->id, spec_.group) : std::nullopt;
    counted_ = group ? group->id : 0;
  }
  until_ = cycle.wall + spec_.lease.count();
  member_ = tables.members.join(group_, until_);
  renew_at_ = cycle.now + spec_.lease / 2;
  return {};
}

void Member::joined() {
  gate.with([&](driver::ConsumeSink& sink) { sink.alive(runtime_.now()); });
}

void Member::credit(std::size_t messages, std::size_t bytes) {
  credit_messages_ = messages, credit_bytes_ = bytes;
  look_at_ = {};
}

void Member::extend(std::span<const driver::Tag> tags, driver::Millis lease) {
  const auto now = runtime_.now();
  const auto until = now + lease;
  for (const auto tag : tags)
    if (const auto held = held_.find(tag); held != held_.end()) held->second.until = until;
  earliest_ = std::min(earliest_, until);
  if (until > renew_at_ + spec_.lease / 2) renew_at_ = now;  // beyond what the file grants
}

void Member::stop(driver::Deadline deadline) { stop_at_ = std::min(stop_at_.value_or(deadline), deadline); }

void Member::work(Cycle& cycle) {
  if (staged_) restore(staged_->leaving);
  staged_.reset();
  const bool claims = hungry() && (look_at_ <= cycle.now || (cycle.touched & interest()) != 0);
  if (gate.ended() || member_ == 0 || (!claims && next() > cycle.now)) return;

  staged_ = std::make_unique<Staged>();
  staged_->member = member_;
  auto group = cycle.tables.groups.find(group_);
  if (!group) {
    staged_->gone = failure(Errc::not_found, "group " + spec_.group + " of topic " + spec_.native + " was deleted");
    return;
  }
  if (check_membership(cycle)) expire(cycle);
  if (!leave_if_stopped(cycle, *group)) {
    renew(cycle, false);
    if (claims) claim(cycle, *group);
  }
  store(cycle, staged_->leaving);
}

bool Member::check_membership(Cycle& cycle) {
  if (cycle.tables.members.until(member_)) return true;
  staged_->expelled = true;
  for (const auto& [tag, held] : held_) staged_->lost.push_back(tag);
  staged_->until = cycle.wall + spec_.lease.count();
  staged_->member = cycle.tables.members.join(group_, staged_->until);
  return false;
}

void Member::expire(Cycle& cycle) {
  for (const auto& orphan : orphans_) let_wait(cycle, orphan, 0, staged_->leaving);
  staged_->freed_orphans = true;
  if (cycle.now < earliest_) return;
  earliest_ = driver::Deadline::max();
  for (const auto& [tag, held] : held_) {
    if (held.until > cycle.now) {
      earliest_ = std::min(earliest_, held.until);
      continue;
    }
    let_wait(cycle, held, 0, staged_->leaving);
    staged_->lost.push_back(tag);
  }
}

bool Member::leave_if_stopped(Cycle& cycle, const Group& group) {
  if (!stop_at_ || (held_.size() > staged_->lost.size() && cycle.now < *stop_at_)) return false;
  store(cycle, staged_->leaving);
  take_leave(cycle.tables, group, staged_->member, true);
  if (group.mode == driver::GroupSpec::broadcast) remove_group(cycle.tables, group);
  cycle.touched |= WakeFile::bit(group.topic);
  staged_->leaving.grants.clear();
  staged_->leaving.keys.clear();
  return staged_->left = true;
}

void Member::renew(Cycle& cycle, bool claims) {
  const auto lease = spec_.lease.count();
  // What is handed out now gets (nearly) a whole lease; a write for each hand-out it need not cost.
  if (cycle.now < renew_at_ && !(claims && until() - cycle.wall < lease - lease / 10)) return;
  auto longest = lease;
  for (const auto& [tag, held] : held_)
    longest = std::max(longest, std::chrono::duration_cast<driver::Millis>(held.until - cycle.now).count());
  staged_->until = cycle.wall + longest;
  cycle.tables.members.renew(staged_->member, staged_->until);
  renew_at_ = cycle.now + spec_.lease / 2;
}

bool Member::leaves() const { return staged_ && (staged_->left || staged_->gone); }

void Member::report(const Error* failed) {
  const auto staged = std::exchange(staged_, nullptr);
  if (failed) {
    if (!staged && next() > runtime_.now()) return;
    if (staged) restore(staged->leaving);
    earliest_ = {}, look_at_ = {};
    renew_at_ = std::min(renew_at_, runtime_.now());
    postponed_ = runtime_.now() + pause;
    // Nothing can be written: what it holds comes back to the group when its lease ends.
    if (stop_at_ && runtime_.now() >= *stop_at_) gate.end({});
    return;
  }
  if (!staged) {
    if (const auto now = runtime_.now(); now - last_alive_ >= pause) idle(now);
    return;
  }
  if (staged->gone) return gate.end(staged->gone);
  settle_staged(*staged);
  if (staged->left) return gate.end({});
}

void Member::settle_staged(Staged& staged) {
  const auto now = runtime_.now();
  if (staged.until != 0) until_ = staged.until;
  member_ = staged.member;
  if (staged.freed_orphans) orphans_.clear();
  for (const auto tag : staged.lost) drop(tag);
  forget_done(staged.leaving);
  if (staged.expelled) grants_.clear(), orphans_.clear();
  for (auto& grant : staged.grants) grants_.emplace(grant.first, std::move(grant));
  for (std::size_t i = 0; i < staged.held.size(); ++i) {
    const auto& held = staged.held[i];
    staged.delivered[i].tag = ++last_tag_;
    held_.emplace(last_tag_, held);
    earliest_ = std::min(earliest_, held.until);
    ++window_messages_, window_bytes_ += held.bytes;
  }
  gate.with([&](driver::ConsumeSink& sink) {
    if (!staged.lost.empty())
      sink.lost(staged.lost, failure(Errc::lost,
                                     "the lease of a delivery of group " + spec_.group + " of " + spec_.native +
                                         " ran out: its message goes to whoever is next",
                                     "a longer lease (--lease), or look why this process stood still"));
    if (staged.missing > 0) sink.gap(0, staged.missing);
    if (!staged.delivered.empty()) sink.delivered(staged.delivered);
    if (now - last_alive_ >= sign_of_life || !staged.delivered.empty()) sink.alive(last_alive_ = now);
  });
}

void Member::idle(driver::Deadline now) {
  gate.with([&](driver::ConsumeSink& sink) { sink.alive(last_alive_ = now); });
}

void Member::drop(driver::Tag tag) {
  const auto held = held_.find(tag);
  if (held == held_.end()) return;
  --window_messages_, window_bytes_ -= held->second.bytes;
  held_.erase(held);
}

}  // namespace ductape::inline v0::local
