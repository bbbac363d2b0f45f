// SPDX-License-Identifier: Apache-2.0
#include "providers/local/topology.h"

#include <algorithm>

#include "providers/local/errors.h"
#include "providers/local/place.h"
#include "providers/local/start.h"

namespace ductape::inline v0::local {
namespace {

using driver::GroupSpec;

/// An operation that answers a `Done<T>`: `answer` is its result if the transaction holds.
template <class T>
class Asked : public Operation {
 public:
  explicit Asked(driver::Done<T> done) : done_(std::move(done)) {}
  void report(const Error* failed) override { done_(failed ? Result<T>(*failed) : std::move(answer_)); }

 protected:
  void answer(Result<T> result) { answer_ = std::move(result); }

 private:
  driver::Done<T> done_;
  Result<T> answer_ = failure(Errc::internal, "no answer");
};

class Provision final : public Asked<driver::Topology> {
 public:
  Provision(const driver::Address& main, bool ordered, std::span<const GroupSpec> groups, bool create,
            driver::Done<driver::Topology> done)
      : Asked(std::move(done)), main_(main), ordered_(ordered), create_(create) {
    for (const auto& group : groups) groups_.push_back({std::string(group.name), std::string(group.from), group.mode});
  }

  void apply(Cycle& cycle) override {
    driver::Topology topology;
    answer(run(cycle, topology) ? Result<driver::Topology>(std::move(topology)) : Result<driver::Topology>(refused_));
  }

 private:
  struct Wanted {
    std::string name, from;
    GroupSpec::Mode mode;
  };

  bool run(Cycle& cycle, driver::Topology& topology) {
    auto& tables = cycle.tables;
    const auto& tag = place_of(&main_)->topic;
    auto topic = tables.log.find(tag);
    if (!topic) (create_ ? topology.created : topology.missing).push_back(main_.native);
    if (!topic && create_) topic = tables.log.obtain(tag, ordered_);
    if (topic && topic->ordered != ordered_) {
      if (create_ && !tables.groups.any(topic->id))
        tables.log.set_ordered(topic->id, ordered_);
      else
        topology.differs.push_back(main_.native);
    }
    for (const auto& wanted : groups_)
      if (!run(cycle, topology, topic, wanted)) return false;
    return true;
  }

  bool run(Cycle& cycle, driver::Topology& topology, const std::optional<Topic>& topic, const Wanted& wanted) {
    auto& tables = cycle.tables;
    if (wanted.mode == GroupSpec::broadcast) return true;  // made by each session for itself
    const auto native = main_.native + '/' + wanted.name;
    const auto found = topic ? tables.groups.find(topic->id, wanted.name) : std::nullopt;
    if (found) {
      if (found->mode != wanted.mode) topology.differs.push_back(native);
      return true;
    }
    if (!create_) return topology.missing.push_back(native), true;
    auto start = start_offset(tables.log, *topic, wanted.from);
    if (!start) return refused_ = start.error(), false;
    tables.groups.create(topic->id, wanted.name, wanted.mode, *start, cycle.wall);
    tables.log.obtain(dead_letter_topic(place_of(&main_)->topic, wanted.name), false);
    topology.created.push_back(native);
    return true;
  }

  driver::Address main_;
  bool ordered_, create_;
  std::vector<Wanted> groups_;
  Error refused_;
};

class Forget final : public Asked<void> {
 public:
  Forget(const driver::Address& main, std::string_view group, driver::Done<void> done)
      : Asked(std::move(done)), main_(main), name_(group) {}

  void apply(Cycle& cycle) override { answer(run(cycle)); }

 private:
  Result<void> run(Cycle& cycle) {
    auto& tables = cycle.tables;
    const auto topic = tables.log.find(place_of(&main_)->topic);
    const auto group = topic ? tables.groups.find(topic->id, name_) : std::nullopt;
    if (!group) return {};
    if (const auto pid = tables.members.live(group->id, cycle.wall); pid != 0)
      return failure(
          Errc::conflict,
          "group " + name_ + " of " + main_.native + " has members, one of them in process " + std::to_string(pid),
          "stop its subscribers; one that was killed counts until its lease ends");
    remove_group(tables, *group);
    if (const auto dead = tables.log.find(dead_letter_topic(place_of(&main_)->topic, name_)))
      tables.log.remove(dead->id);
    return {};
  }

  driver::Address main_;
  std::string name_;
};

class Inspect final : public Asked<driver::GroupState> {
 public:
  Inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done)
      : Asked(std::move(done)), main_(main), name_(group) {}

  [[nodiscard]] bool durable() const override { return false; }
  void apply(Cycle& cycle) override { answer(run(cycle)); }

 private:
  Result<driver::GroupState> run(Cycle& cycle) {
    auto& tables = cycle.tables;
    const auto topic = tables.log.find(place_of(&main_)->topic);
    const auto group = topic ? tables.groups.find(topic->id, name_) : std::nullopt;
    if (!group) return failure(Errc::not_found, "group " + name_ + " of " + main_.native + " does not exist");
    // What the dead still hold in the file waits already.
    for (const auto expired : tables.members.expired(group->id, cycle.wall)) {
      take_leave(tables, *group, expired, false);
      cycle.touched |= WakeFile::bit(topic->id);
    }
    return state(cycle, *topic, *group);
  }

  driver::GroupState state(Cycle& cycle, const Topic& topic, const Group& group) {
    auto& tables = cycle.tables;
    const auto head = tables.log.head(topic);
    auto counts = tables.waiting.count(group.id, cycle.wall);
    for (const auto& grant : tables.grants.all(group.id)) {
      counts.handed_out += grant.open();
      auto first = grant.first;
      while (first <= grant.last && grant.is_done(first)) ++first;
      if (first <= grant.last) counts.first = std::min(counts.first.value_or(first), first);
    }
    const auto fresh = head - group.cursor;
    if (!counts.first && fresh > 0) counts.first = position(topic.id, group.cursor + 1);
    const auto dead = tables.log.find(dead_letter_topic(place_of(&main_)->topic, name_));
    const auto of = [](std::int64_t number) { return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0)); };

    driver::GroupState state{.waiting = of(fresh + counts.waiting),
                             .in_flight = of(counts.handed_out),
                             .done = of(group.cursor - group.start - counts.waiting - counts.handed_out - group.dead),
                             .dead = of(dead ? tables.log.count(dead->id) : 0),
                             .parked = of(counts.parked),
                             .lag = of(fresh + counts.waiting + counts.handed_out)};
    if (counts.first)
      if (const auto time = tables.log.time(topic.id, offset_of(*counts.first)))
        state.oldest = driver::Millis(std::max<std::int64_t>(cycle.wall - *time, 0));
    return state;
  }

  driver::Address main_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Operation> make_provision(const driver::Address& main, bool ordered, std::span<const GroupSpec> groups,
                                          bool create, driver::Done<driver::Topology> done) {
  return std::make_unique<Provision>(main, ordered, groups, create, std::move(done));
}
std::unique_ptr<Operation> make_forget(const driver::Address& main, std::string_view group, driver::Done<void> done) {
  return std::make_unique<Forget>(main, group, std::move(done));
}
std::unique_ptr<Operation> make_inspect(const driver::Address& main, std::string_view group,
                                        driver::Done<driver::GroupState> done) {
  return std::make_unique<Inspect>(main, group, std::move(done));
}

}  // namespace ductape::inline v0::local
