// SPDX-License-Identifier: Apache-2.0
// Where the messages of a group are, and taking it elsewhere.
#include <algorithm>

#include "providers/local/asked.h"
#include "providers/local/place.h"
#include "providers/local/standing.h"
#include "providers/local/topology.h"

namespace ductape::inline v0::local {
namespace {

Error missing(const driver::Address& address, const std::string& group) {
  return failure(Errc::not_found, "group " + group + " of " + address.native + " does not exist");
}

class Inspect final : public Asked<driver::GroupState> {
 public:
  Inspect(const driver::Address& address, std::string_view group, driver::Done<driver::GroupState> done)
      : Asked(std::move(done)), address_(address), name_(group) {}

  [[nodiscard]] bool durable() const override { return false; }
  void apply(Cycle& cycle) override { answer(run(cycle)); }

 private:
  Result<driver::GroupState> run(Cycle& cycle) {
    auto& tables = cycle.tables;
    const auto topic = tables.log.find(place_of(&address_)->topic);
    const auto group = topic ? tables.groups.find(topic->id, name_) : std::nullopt;
    if (!group) return missing(address_, name_);
    // What the dead still hold in the file waits already.
    if (bury(tables, *group, cycle.wall)) cycle.touched |= WakeFile::bit(topic->id);
    return state(cycle, *topic, *group);
  }

  driver::GroupState state(Cycle& cycle, const Topic& topic, const Group& group) {
    const auto of = [](std::int64_t number) { return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0)); };
    const auto standing = standing_of(cycle.tables, topic, group, cycle.wall);
    driver::GroupState state{.waiting = of(standing.fresh + standing.waiting),
                             .in_flight = of(standing.in_flight),
                             .parked = of(standing.parked),
                             .lag = of(standing.all())};
    std::optional<std::int64_t> oldest;
    for (const auto pos : standing.oldest)
      if (const auto time = cycle.tables.log.time(topic_of(pos), offset_of(pos)))
        oldest = std::min(oldest.value_or(*time), *time);
    if (oldest) state.oldest = driver::Millis(std::max<std::int64_t>(cycle.wall - *oldest, 0));
    if (place_of(&address_)->role == driver::Role::dead_letter) return state;

    const auto dead = count_dead(cycle.tables, place_of(&address_)->main, name_);
    const auto come = group.cursor - group.start + group.extra;
    state.dead = of(dead);
    state.data_loss = of(group.lost);
    state.done = of(come - standing.waiting - standing.in_flight - dead - group.lost);
    return state;
  }

  driver::Address address_;
  std::string name_;
};

class Reset final : public Asked<void> {
 public:
  Reset(const driver::Address& main, std::string_view group, std::string_view to, driver::Done<void> done)
      : Asked(std::move(done)), main_(main), name_(group), to_(to) {}

  void apply(Cycle& cycle) override { answer(run(cycle)); }

 private:
  Result<void> run(Cycle& cycle) {
    auto& tables = cycle.tables;
    const auto* place = place_of(&main_);
    if (place->role == driver::Role::dead_letter)
      return failure(Errc::invalid_argument, main_.native + ": dead letters have no place to go on from",
                     "reset the group on its topic, or redrive or purge them");
    const auto topic = tables.log.find(place->main);
    const auto group = topic ? tables.groups.find(topic->id, name_) : std::nullopt;
    if (!group) return missing(main_, name_);
    if (auto unused = check_unused(tables, *group, main_.native, name_, cycle.wall); !unused) return unused;
    const auto start = find_start(tables.log, *topic, to_);
    if (!start) return start.error();
    bury(tables, *group, cycle.wall);
    restart(tables, *topic, place->main, name_, *group, *start);
    cycle.touched |= WakeFile::bit(topic->id);
    return {};
  }

  driver::Address main_;
  std::string name_, to_;
};

}  // namespace

std::unique_ptr<Operation> make_inspect(const driver::Address& address, std::string_view group,
                                        driver::Done<driver::GroupState> done) {
  return std::make_unique<Inspect>(address, group, std::move(done));
}
std::unique_ptr<Operation> make_reset(const driver::Address& main, std::string_view group, std::string_view to,
                                      driver::Done<void> done) {
  return std::make_unique<Reset>(main, group, to, std::move(done));
}

}  // namespace ductape::inline v0::local
