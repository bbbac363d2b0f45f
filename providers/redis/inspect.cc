// SPDX-License-Identifier: Apache-2.0
// Where the messages of a group are.
#include <algorithm>

#include "providers/redis/connection.h"
#include "providers/redis/errors.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace driver;

namespace {

std::uint64_t count(ReplyView reply) { return static_cast<std::uint64_t>(std::max<std::int64_t>(reply.number(), 0)); }

std::optional<Millis> age(ReplyView since, WallTime now) {
  if (since.number() == 0) return std::nullopt;
  return std::max(Millis(0), std::chrono::duration_cast<Millis>(now - WallTime(Millis(since.number()))));
}

}  // namespace

void Connection::inspect(const Address& at, std::string_view group, Done<GroupState> done) {
  const auto& place = place_of(at);
  const GroupKeys keys(place.topic, group);
  if (!keeps_messages()) return runtime_.post([done = std::move(done)] { done(GroupState{}); });
  if (place.role == Role::dead_letter) {
    auto command = eval(inspect_dead_script, {keys.dead_letter, keys.counts});
    command.add(group);
    return control_->ask(command, [done = std::move(done), &runtime = runtime_](Result<Reply> reply) {
      if (!reply) return done(std::move(reply).error());
      const ReplyView state(reply->get());
      done(GroupState{.waiting = count(state[0]),
                      .in_flight = count(state[1]),
                      .lag = count(state[0]) + count(state[1]),
                      .oldest = age(state[2], runtime.wall())});
    });
  }
  auto command = eval(inspect_script, {place.topic, keys.retry, keys.wait, keys.dead_letter, keys.counts});
  command.add(group);
  control_->ask(command, [done = std::move(done), &runtime = runtime_, group = std::string(group),
                          topic = place.topic](Result<Reply> reply) {
    if (!reply) return done(std::move(reply).error());
    const ReplyView state(reply->get());
    if (state.is_nil()) return done(failure(Errc::not_found, "group " + group + " of " + topic + " does not exist"));
    GroupState found{.in_flight = count(state[1]),
                     .dead = count(state[3]),
                     .parked = count(state[2]),
                     .oldest = age(state[5], runtime.wall()),
                     .data_loss = count(state[4])};
    if (state[0].number() >= 0) {
      found.waiting = count(state[0]);
      found.lag = *found.waiting + *found.in_flight;
    }
    done(found);
  });
}

}  // namespace ductape::inline v0::redis
