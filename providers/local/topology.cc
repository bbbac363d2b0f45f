// SPDX-License-Identifier: Apache-2.0
#include "providers/local/topology.h"

#include "providers/local/asked.h"
#include "providers/local/place.h"
#include "providers/local/standing.h"

namespace ductape::inline v0::local {
namespace {

using driver::GroupSpec;

Error cannot_change_mode(Error why) {
  why.message += ", so its mode cannot change";
  return why;
}

class Provision final : public Asked<driver::Topology> {
 public:
  Provision(const driver::Address& main, std::span<const GroupSpec> groups, bool create,
            driver::Done<driver::Topology> done)
      : Asked(std::move(done)), main_(main), create_(create) {
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
    const auto& place = *place_of(&main_);
    auto topic = tables.log.find(place.main);
    if (!topic) (create_ ? topology.created : topology.missing).push_back(main_.native);
    if (!topic && create_)
      topic = tables.log.obtain(place.main, place.ordered, place.retention_age, place.retention_bytes);
    if (topic && topic->ordered != place.ordered) {
      if (create_ && !tables.groups.any(topic->id))
        tables.log.set_ordered(topic->id, place.ordered);
      else
        topology.differs.push_back(main_.native);
    }
    // Nobody else's setting: retention is our own.
    if (create_ && (topic->retention_age != place.retention_age.count() ||
                    topic->retention_bytes != static_cast<std::int64_t>(place.retention_bytes)))
      tables.log.set_retention(*topic, place.retention_age, place.retention_bytes);
    for (const auto& wanted : groups_)
      if (!run(cycle, topology, topic, wanted)) return false;
    return true;
  }

  bool run(Cycle& cycle, driver::Topology& topology, const std::optional<Topic>& topic, const Wanted& wanted) {
    auto& tables = cycle.tables;
    if (wanted.mode == GroupSpec::broadcast) return true;  // made by each session for itself
    const auto native = main_.native + '/' + wanted.name;
    const auto found = topic ? tables.groups.find(topic->id, wanted.name) : std::nullopt;
    if (found) return same_mode(cycle, topology, native, *found, wanted);
    if (!create_) return topology.missing.push_back(native), true;
    const auto start = find_start(tables.log, *topic, wanted.from);
    if (!start) return refused_ = start.error(), false;
    tables.groups.create(topic->id, wanted.name, wanted.mode, start->offset, cycle.wall);
    // What reads its dead letters is born with it.
    const auto dead = tables.log.obtain(dead_letter_topic(place_of(&main_)->main, wanted.name), false);
    if (!tables.groups.find(dead.id, wanted.name))
      tables.groups.create(dead.id, wanted.name, GroupSpec::shared, 0, cycle.wall);
    topology.created.push_back(native);
    return true;
  }

  // The mode is our own setting as well, but members work by the one they came with.
  bool same_mode(Cycle& cycle, driver::Topology& topology, const std::string& native, const Group& found,
                 const Wanted& wanted) {
    if (found.mode == wanted.mode) return true;
    if (!create_) return topology.differs.push_back(native), true;
    if (auto unused = check_unused(cycle.tables, found, main_.native, wanted.name, cycle.wall); !unused)
      return refused_ = cannot_change_mode(unused.error()), false;
    cycle.tables.groups.set_mode(found.id, wanted.mode);
    return true;
  }

  driver::Address main_;
  bool create_;
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
    const auto& tag = place_of(&main_)->main;
    const auto topic = tables.log.find(tag);
    const auto group = topic ? tables.groups.find(topic->id, name_) : std::nullopt;
    if (!group) return {};
    const auto dead = dead_letters_of(tables, tag, name_);
    if (auto unused = check_unused(tables, *group, main_.native, name_, cycle.wall); !unused) return unused;
    if (dead)
      if (auto unused = check_unused(tables, dead->group, dead_letter_topic(tag, name_), name_, cycle.wall); !unused)
        return unused;
    remove_group(tables, *group);
    for (const auto& own : {dead_letter_topic(tag, name_), retry_topic(tag, name_)}) {
      const auto place = tables.log.find(own);
      if (!place) continue;
      for (const auto& reader : tables.groups.of(place->id)) remove_group(tables, reader);
      tables.log.remove(place->id);
    }
    return {};
  }

  driver::Address main_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Operation> make_provision(const driver::Address& main, std::span<const GroupSpec> groups, bool create,
                                          driver::Done<driver::Topology> done) {
  return std::make_unique<Provision>(main, groups, create, std::move(done));
}
std::unique_ptr<Operation> make_forget(const driver::Address& main, std::string_view group, driver::Done<void> done) {
  return std::make_unique<Forget>(main, group, std::move(done));
}
}  // namespace ductape::inline v0::local
