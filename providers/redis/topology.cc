// SPDX-License-Identifier: Apache-2.0
// Groups: made, removed, moved.
#include <ductape/units.hpp>

#include "providers/redis/connection.h"
#include "providers/redis/errors.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace driver;

namespace {

/// The id behind which a group starts.
Result<std::string> start_of(std::string_view from) {
  if (from == "latest") return std::string("$");
  if (from == "earliest") return std::string("0");
  const auto time = parse_time(from);
  if (!time)
    return failure(Errc::invalid_argument, "\"" + std::string(from) + "\" is not latest, earliest or an RFC 3339 time");
  const auto since = std::chrono::duration_cast<Millis>(time->time_since_epoch()).count();
  if (since <= 0) return std::string("0");
  return std::to_string(since - 1) + "-18446744073709551615";
}

/// Makes the groups of one call, one after the other.
struct Making : std::enable_shared_from_this<Making> {
  std::shared_ptr<Control> control;
  std::string stream;
  std::vector<std::pair<std::string, std::string>> groups;  // and where they start
  bool create = false;
  Topology found;
  Done<Topology> done;
  std::size_t next = 0;

  /// For the stream alone.
  void look() {
    control->ask({"EXISTS", stream}, [self = shared_from_this()](Result<Reply> reply) {
      if (!reply) return self->done(std::move(reply).error());
      if (ReplyView(reply->get()).number() == 0) self->found.missing.push_back(self->stream);
      self->done(std::move(self->found));
    });
  }

  void go_on() {
    if (next == groups.size()) return done(std::move(found));
    const auto& [group, start] = groups[next++];
    const GroupKeys keys(stream, group);
    auto command = eval(provision_script, {stream, keys.retry});
    command.add(group).add(start).add(create ? "1" : "0");
    control->ask(command, [self = shared_from_this(), keys, group = group](Result<Reply> reply) {
      if (!reply) return self->done(std::move(reply).error());
      const ReplyView names(reply->get());
      auto& list = self->create ? self->found.created : self->found.missing;
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto what = names[i].text();
        list.push_back(what == "stream" ? self->stream : what == "retry" ? keys.retry : self->stream + ":" + group);
      }
      self->go_on();
    });
  }
};

}  // namespace

void Connection::provision(const TopicSpec& topic, std::span<const GroupSpec> groups, bool create,
                           Done<Topology> done) {
  const auto main = address(topic, Role::main, {});
  if (!main) return runtime_.post([done = std::move(done), error = main.error()] { done(error); });
  const auto making = std::make_shared<Making>();
  making->control = control_;
  making->stream = place_of(*main).stream;
  making->create = create;
  making->done = std::move(done);
  for (const auto& group : groups) {
    // A broadcast leaves nothing at the server.
    if (group.mode == GroupSpec::broadcast || !keeps_messages()) continue;
    auto start = start_of(group.from);
    if (!start) return runtime_.post([making, error = start.error()] { making->done(error); });
    making->groups.emplace_back(std::string(group.name), std::move(*start));
  }
  if (making->groups.empty() && (create || !keeps_messages()))
    return runtime_.post([making] { making->done(Topology{}); });
  making->groups.empty() ? making->look() : making->go_on();
}

void Connection::forget(const Address& main, std::string_view group, Done<void> done) {
  const auto& place = place_of(main);
  const GroupKeys keys(place.topic, group);
  auto command = eval(forget_script,
                      {place.topic, keys.retry, keys.dead_letter, keys.wait, keys.members, keys.owner, keys.counts});
  command.add(group);
  control_->ask(command,
                [done = std::move(done), group = std::string(group), topic = place.topic](Result<Reply> reply) {
                  if (!reply) return done(std::move(reply).error());
                  if (ReplyView(reply->get()).number() == 1) return done({});
                  done(failure(Errc::conflict, "group " + group + " of " + topic + " has members",
                               "stop them first; one that was killed counts for six seconds"));
                });
}

void Connection::reset(const Address& main, std::string_view group, std::string_view to, Done<void> done) {
  const auto start = start_of(to);
  if (!start) return runtime_.post([done = std::move(done), error = start.error()] { done(error); });
  const auto& place = place_of(main);
  const GroupKeys keys(place.topic, group);
  auto command = eval(reset_script, {place.topic, keys.retry, keys.wait, keys.members, keys.counts});
  command.add(group).add(std::string_view(*start));
  control_->ask(command,
                [done = std::move(done), group = std::string(group), topic = place.topic](Result<Reply> reply) {
                  if (!reply) return done(std::move(reply).error());
                  const auto answer = ReplyView(reply->get()).number();
                  if (answer == 1) return done({});
                  if (answer == 0)
                    return done(failure(Errc::conflict, "group " + group + " of " + topic + " has members",
                                        "stop them first; one that was killed counts for six seconds"));
                  done(failure(Errc::not_found, "group " + group + " of " + topic + " does not exist"));
                });
}

}  // namespace ductape::inline v0::redis
