// SPDX-License-Identifier: Apache-2.0
// Exchanges and queues: made, compared, removed.
#include "providers/rabbitmq/connection.h"
#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

using namespace driver;

namespace {

constexpr int looks_for_members = 6;
constexpr Millis between_members(100);
// Far above what any policy of ours allows: it only keeps what is requeued at the front of its queue.
constexpr std::int64_t delivery_limit = 1'000, dead_letter_limit = 1'000'000;

/// An exchange or a queue as it should be.
struct Thing {
  enum Kind : std::uint8_t { exchange, queue } kind = queue;
  std::string name;
  std::string type = {};  // of an exchange
  Table arguments = {};   // of a queue; texts are constants or in `texts`
  std::shared_ptr<std::string> text = {};
  std::string bound_to = {}, by = {};  // a queue: to an exchange, by a routing key

  [[nodiscard]] std::string declaration(bool passive) const {
    std::string frame;
    if (kind == exchange)
      method::declare_exchange(frame, Control::channel, {.name = name, .type = type, .passive = passive});
    else
      method::declare_queue(frame, Control::channel, {.name = name, .passive = passive, .arguments = &arguments});
    return frame;
  }
  [[nodiscard]] std::string label() const { return (kind == exchange ? "exchange " : "queue ") + name; }
};

Thing kept_queue(std::string name) {
  Thing made{.name = std::move(name)};
  made.arguments.add("x-queue-type", "quorum");
  return made;
}

Thing group_queue(const Place& place, const GroupSpec& group) {
  auto made = kept_queue(queue_of(place, group.name));
  made.text = std::make_shared<std::string>(dead_letter_queue_of(place, group.name));
  made.arguments.add("x-delivery-limit", delivery_limit);
  made.arguments.add("x-dead-letter-exchange", "").add("x-dead-letter-routing-key", *made.text);
  made.arguments.add("x-dead-letter-strategy", "at-least-once").add("x-overflow", "reject-publish");
  if (place.ordered || group.mode == GroupSpec::exclusive) made.arguments.add("x-single-active-consumer", true);
  made.bound_to = place.exchange;
  made.by = place.routing_key;
  return made;
}

Thing dead_letter_queue(const Place& place, const GroupSpec& group) {
  auto made = kept_queue(dead_letter_queue_of(place, group.name));
  made.arguments.add("x-delivery-limit", dead_letter_limit);
  return made;
}

Thing tier_queue(const Tier& tier) {
  auto made = kept_queue(std::string(tier.name));
  made.arguments.add("x-message-ttl", static_cast<std::int64_t>(tier.wait.count())).add("x-dead-letter-exchange", "");
  made.arguments.add("x-dead-letter-strategy", "at-least-once").add("x-overflow", "reject-publish");
  made.bound_to = tier.name;
  return made;
}

/// Looks for things, makes what is missing, and compares what is there: first the exchanges, then what is bound to
/// them; those at once, as the server takes a while for each.
struct Making : std::enable_shared_from_this<Making> {
  std::shared_ptr<Control> control;
  std::vector<Thing> exchanges, queues;
  bool create = false;
  Topology found;
  Done<Topology> done;
  std::function<void()> when_made;
  std::size_t unfinished = 0;
  bool failed = false;

  // On the loop, where the answers come.
  void begin() {
    control->post([self = shared_from_this()] { self->look_for(self->exchanges); });
  }

  void look_for(const std::vector<Thing>& things) {
    unfinished = things.size();
    for (const auto& thing : things)
      control->ask(thing.declaration(true), [self = shared_from_this(), &thing](const Result<Reply>& reply) {
        if (!reply && reply.error().code != Errc::not_found) return self->fail(reply.error());
        self->declare(thing, reply.ok());
      });
    if (things.empty()) finished();
  }

  void fail(const Error& why) {
    if (!std::exchange(failed, true)) done(why);
  }

  void one_less() {
    if (--unfinished == 0) finished();
  }

  void finished() {
    if (failed) return;
    if (!std::exchange(exchanges, {}).empty()) return look_for(queues);
    if (when_made && found.missing.empty()) when_made();
    done(std::move(found));
  }

  void declare(const Thing& thing, bool exists) {
    if (!exists && !create) {
      found.missing.push_back(thing.label());
      return one_less();
    }
    control->ask(thing.declaration(false), [self = shared_from_this(), &thing, exists](const Result<Reply>& reply) {
      if (!exists && !reply) return self->fail(reply.error());
      if (!exists) self->found.created.push_back(thing.label());
      if (!reply && reply.error().code == Errc::conflict) return self->compare_type(thing, reply.error().native);
      // Who may not declare it may still use it.
      else if (!reply && reply.error().code != Errc::permission_denied)
        return self->fail(reply.error());
      self->bind(thing);
    });
  }

  // The server names one difference only. That of a queue's type is the one that matters.
  void compare_type(const Thing& thing, std::string native) {
    if (thing.kind == Thing::exchange) return differs(thing, native);
    control->ask(kept_queue(thing.name).declaration(false),
                 [self = shared_from_this(), &thing, native = std::move(native)](const Result<Reply>& reply) {
                   const bool type = !reply && reply.error().native.find("x-queue-type") != std::string::npos;
                   self->differs(thing, type ? reply.error().native : native);
                 });
  }

  void differs(const Thing& thing, const std::string& native) {
    found.differs.push_back(thing.label() + " (" + native + "; remove it there, or set another `exchange` or `queue`)");
    bind(thing);
  }

  // There is no way to look at a binding.
  void bind(const Thing& thing) {
    if (!create || thing.bound_to.empty()) return one_less();
    std::string frame;
    method::bind_queue(frame, Control::channel, thing.name, thing.bound_to, thing.by);
    control->ask(std::move(frame), [self = shared_from_this()](const Result<Reply>& reply) {
      if (!reply) return self->fail(reply.error());
      self->one_less();
    });
  }
};

/// Removes what was made for a group.
struct Forgetting : std::enable_shared_from_this<Forgetting> {
  std::shared_ptr<Control> control;
  Place place;
  std::string group;
  Done<void> done;
  driver::Runtime* runtime = nullptr;
  int looks = 0, unfinished = 0;
  Error failed;

  void look() {
    std::string frame;
    method::declare_queue(frame, Control::channel, {.name = queue_of(place, group), .passive = true});
    control->ask(std::move(frame), [self = shared_from_this()](const Result<Reply>& reply) {
      if (!reply && reply.error().code != Errc::not_found) return self->done(reply.error());
      if (reply && static_cast<const amqp_queue_declare_ok_t*>(reply->decoded)->consumer_count > 0)
        return self->patient()
                   ? self->look_again()
                   : self->done(failure(Errc::conflict,
                                        "group " + self->group + " of " + self->place.topic + " has members",
                                        "stop them first"));
      self->remove(queue_of(self->place, self->group));
      self->remove(dead_letter_queue_of(self->place, self->group));
    });
  }

  // The server hears of a channel's end a little later than its client.
  bool patient() { return ++looks < looks_for_members; }
  void look_again() {
    runtime->at(runtime->now() + between_members, [self = shared_from_this()] { self->look(); });
  }

  void remove(const std::string& queue) {
    ++unfinished;
    std::string frame;
    method::delete_queue(frame, Control::channel, queue);
    control->ask(std::move(frame), [self = shared_from_this()](const Result<Reply>& reply) {
      if (!reply && reply.error().code != Errc::not_found) self->failed = reply.error();
      if (--self->unfinished > 0) return;
      self->failed ? self->done(self->failed) : self->remove_exchange();
    });
  }

  // With the last of its groups goes the exchange that was named for them.
  void remove_exchange() {
    if (!place.own_exchange) return done({});
    std::string frame;
    method::delete_unused_exchange(frame, Control::channel, place.exchange);
    control->ask(std::move(frame), [self = shared_from_this()](const Result<Reply>& reply) {
      const bool stays = !reply && (reply.error().code == Errc::conflict || reply.error().code == Errc::not_found ||
                                    reply.error().code == Errc::permission_denied);
      if (!reply && !stays) return self->done(reply.error());
      self->done({});
    });
  }
};

}  // namespace

void Connection::provision(const TopicSpec& topic, std::span<const GroupSpec> groups, bool create,
                           Done<Topology> done) {
  const auto main = address(topic, Role::main, {});
  if (!main) return runtime_.post([done = std::move(done), error = main.error()] { done(error); });
  const auto& place = place_of(*main);
  const auto making = std::make_shared<Making>();
  making->control = control_;
  making->create = create;
  making->done = std::move(done);
  // Without a group there is nothing to route to, and then nothing is made.
  if (groups.empty() && create) return runtime_.post([making] { making->done(Topology{}); });
  making->exchanges.push_back({.kind = Thing::exchange, .name = place.exchange, .type = place.exchange_type});
  bool kept = false;
  for (const auto& group : groups) {
    if (group.mode == GroupSpec::broadcast) continue;
    kept = true;
    making->queues.push_back(group_queue(place, group));
    making->queues.push_back(dead_letter_queue(place, group));
  }
  if (kept && !place.ordered && !*has_tiers_) {
    for (const auto& tier : tiers) {
      making->exchanges.push_back({.kind = Thing::exchange, .name = std::string(tier.name), .type = "fanout"});
      making->queues.push_back(tier_queue(tier));
    }
    making->when_made = [has_tiers = has_tiers_] { *has_tiers = true; };
  }
  making->begin();
}

void Connection::forget(const Address& main, std::string_view group, Done<void> done) {
  const auto forgetting = std::make_shared<Forgetting>();
  forgetting->control = control_;
  forgetting->runtime = &runtime_;
  forgetting->place = place_of(main);
  forgetting->group = group;
  forgetting->done = std::move(done);
  forgetting->look();
}

}  // namespace ductape::inline v0::rabbitmq
