// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/topology.h"

#include <algorithm>

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis members_answer_in{2'000};

std::string stream_text(const Place& place) { return "stream " + place.stream; }

/// Makes or looks for a stream, then each group's consumers, one after the other.
class Provisioning : public std::enable_shared_from_this<Provisioning> {
 public:
  Provisioning(std::shared_ptr<Link> link, Wanted wanted, driver::Done<driver::Topology> done)
      : link_(std::move(link)), wanted_(std::move(wanted)), done_(std::move(done)) {}

  void begin() {
    for (const auto& group : wanted_.groups) {
      for (const auto role : {driver::Role::main, driver::Role::retry}) {
        consumers_.push_back({place_of_group(wanted_.place, role, group.name), &group});
        // A bad start makes nothing.
        if (auto config = consumer_config(consumers_.back().place, group.spec(), 1); !config)
          return link_->soon([self = shared_from_this(), why = config.error()] { self->done_(why); });
      }
    }
    find_stream();
  }

 private:
  struct Consumer {
    Place place;
    const OwnedGroup* group;
  };

  template <class Function>
  void ask(const std::string& what, const Json& body, std::string thing, Function function) {
    ask_jetstream(*link_, what, body, std::move(thing),
                  [self = shared_from_this(), function](Result<Json> answer) { function(*self, std::move(answer)); });
  }

  void find_stream() {
    ask("STREAM.INFO." + wanted_.place.stream, {}, stream_text(wanted_.place), [](Provisioning& self, auto info) {
      if (info) return self.stream_found(*info);
      if (info.error().code != Errc::not_found) return self.done_(info.error());
      self.make_stream();
    });
  }

  void make_stream() {
    const auto& place = wanted_.place;
    if (!wanted_.create) {
      found_.missing.push_back(place.stream);
      return next_consumer();
    }
    ask("STREAM.CREATE." + place.stream, stream_config(place, wanted_.settings), stream_text(place),
        [](Provisioning& self, auto made) {
          // Somebody else may have made it at the same time.
          if (!made && made.error().code == Errc::conflict && !std::exchange(self.again_, true))
            return self.find_stream();
          if (!made) return self.done_(made.error());
          self.found_.created.push_back(self.wanted_.place.stream);
          self.next_ = (*made)["state"].value("last_seq", 0ull) + 1;
          self.next_consumer();
        });
  }

  void stream_found(const Json& info) {
    auto config = info.value("config", Json::object());
    next_ = info["state"].value("last_seq", 0ull) + 1;
    if (wanted_.place.own_stream && stream_differs(config, wanted_.settings))
      found_.differs.push_back(wanted_.place.stream);
    const auto missing = missing_subjects(wanted_.place, config);
    if (missing.empty()) return next_consumer();
    if (!wanted_.create) {
      for (const auto& subject : missing) found_.missing.push_back(wanted_.place.stream + ':' + subject);
      return next_consumer();
    }
    for (const auto& subject : missing) config["subjects"].push_back(subject);
    ask("STREAM.UPDATE." + wanted_.place.stream, config, stream_text(wanted_.place), [](Provisioning& self, auto made) {
      if (!made) return self.done_(made.error());
      // Another topic may have been added at the same time, by who had not seen this one.
      self.find_stream();
    });
  }

  // Of ordered topics, exclusive groups and who reads dead letters. Sessions would make it, and may not where nothing
  // may be made.
  void find_bucket() {
    const auto bucket = "KV_" + owner_bucket(wanted_.place);
    ask("STREAM.INFO." + bucket, {}, "stream " + bucket, [bucket](Provisioning& self, auto info) {
      if (!info && info.error().code != Errc::not_found) return self.done_(info.error());
      if (info) return self.done_(std::move(self.found_));
      if (!self.wanted_.create) {
        self.found_.missing.push_back(bucket);
        return self.done_(std::move(self.found_));
      }
      self.ask("STREAM.CREATE." + bucket, bucket_config(owner_bucket(self.wanted_.place)), "stream " + bucket,
               [bucket](Provisioning& maker, auto made) {
                 if (!made && made.error().code != Errc::conflict) return maker.done_(made.error());
                 if (made) maker.found_.created.push_back(bucket);
                 maker.done_(std::move(maker.found_));
               });
    });
  }

  void next_consumer() {
    const bool kept = std::ranges::any_of(wanted_.groups,
                                          [](const auto& group) { return group.mode != driver::GroupSpec::broadcast; });
    if (at_ == consumers_.size()) return kept ? find_bucket() : done_(std::move(found_));
    const auto& place = consumers_[at_].place;
    ask("CONSUMER.INFO." + place.stream + '.' + place.consumer, {}, "consumer " + place.consumer,
        [](Provisioning& self, auto info) {
          if (!info && info.error().code != Errc::not_found) return self.done_(info.error());
          if (!info) return self.make_consumer();
          self.compare((*info)["config"]);
          ++self.at_;
          self.next_consumer();
        });
  }

  void compare(const Json& config) {
    const auto& place = consumers_[at_].place;
    if (config.value("filter_subject", "") != place.subject || config.value("ack_policy", "") != "explicit" ||
        config.value("max_deliver", -1) > 0)
      found_.differs.push_back(place.stream + ':' + place.consumer);
  }

  void make_consumer() {
    const auto& [place, group] = consumers_[at_];
    const auto name = place.stream + ':' + place.consumer;
    if (!wanted_.create) {
      found_.missing.push_back(name);
      ++at_;
      return next_consumer();
    }
    const auto config = consumer_config(place, group->spec(), next_);
    ask("CONSUMER.DURABLE.CREATE." + place.stream + '.' + place.consumer, *config, "consumer " + place.consumer,
        [name](Provisioning& self, auto made) {
          if (!made && made.error().code != Errc::conflict) return self.done_(made.error());
          if (made) self.found_.created.push_back(name);
          ++self.at_;
          self.next_consumer();
        });
  }

  const std::shared_ptr<Link> link_;
  const Wanted wanted_;
  const driver::Done<driver::Topology> done_;
  driver::Topology found_;
  std::vector<Consumer> consumers_;
  std::size_t at_ = 0;
  std::uint64_t next_ = 1;
  bool again_ = false;
};

struct Step {
  std::string what;
  Json body;
};

// What is not there needs no removing.
void take_steps(const std::shared_ptr<Link>& link, std::vector<Step> steps, driver::Done<void> done) {
  if (steps.empty()) return done({});
  const auto step = std::move(steps.front());
  steps.erase(steps.begin());
  ask_jetstream(*link, step.what, step.body, step.what,
                [link, steps = std::move(steps), done = std::move(done)](const Result<Json>& answer) {
                  if (!answer && answer.error().code != Errc::not_found) return done(answer.error());
                  take_steps(link, steps, done);
                });
}

}  // namespace

void provision(std::shared_ptr<Link> link, Wanted wanted, driver::Done<driver::Topology> done) {
  std::make_shared<Provisioning>(std::move(link), std::move(wanted), std::move(done))->begin();
}

void check_unused(const std::shared_ptr<Link>& link, const Place& place, driver::Done<void> done) {
  link->ask(presence_subject(place), {}, {}, link->runtime().now() + members_answer_in,
            [place, done = std::move(done)](const Result<MessagePtr>& answer) {
              const bool asked = answer || answer.error().code == Errc::outcome_unknown;
              if (!asked) return done(answer.error());
              if (answer && status_of(**answer) == 503) return done({});
              done(failure(Errc::conflict, "group " + place.group + " of " + place.topic + " has members running",
                           "close its subscriptions first"));
            });
}

void forget(std::shared_ptr<Link> link, const Place& topic, const std::string& group, driver::Done<void> done) {
  const auto main = place_of_group(topic, driver::Role::main, group);
  const auto retry = place_of_group(topic, driver::Role::retry, group);
  const auto dead = place_of_group(topic, driver::Role::dead_letter, group);
  std::vector<Step> steps{{"CONSUMER.DELETE." + main.stream + '.' + main.consumer, {}},
                          {"CONSUMER.DELETE." + main.stream + '.' + retry.consumer, {}}};
  for (const auto& place : {retry, dead}) steps.push_back({"STREAM.PURGE." + main.stream, {{"filter", place.subject}}});
  for (const auto& place : {main, dead})
    steps.push_back({"STREAM.PURGE.KV_" + owner_bucket(place), {{"filter", owner_subject(place)}}});
  check_unused(link, main, [=, done = std::move(done)](const Result<void>& unused) {
    if (!unused) return done(unused.error());
    check_unused(link, dead, [=](const Result<void>& dead_unused) {
      if (!dead_unused) return done(dead_unused.error());
      take_steps(link, steps, done);
    });
  });
}

void reset(std::shared_ptr<Link> link, const Place& topic, const std::string& group, const std::string& to,
           driver::Done<void> done) {
  const auto place = place_of_group(topic, driver::Role::main, group);
  const auto fail = [&](Error why) { link->soon([done, why = std::move(why)] { done(why); }); };
  if (topic.role == driver::Role::dead_letter)
    return fail(failure(Errc::invalid_argument, topic.subject + ": dead letters have no place to go on from",
                        "reset the group on its topic, or redrive or purge them"));
  if (const auto valid = consumer_config(place, {.name = group, .from = to}, 1); !valid) return fail(valid.error());
  const auto consumer = place.stream + '.' + place.consumer;
  const auto make = [=](const Result<Json>& stream) {
    if (!stream) return done(stream.error());
    const auto next = (*stream)["state"].value("last_seq", 0ull) + 1;
    auto config = consumer_config(place, {.name = group, .from = to}, next);
    take_steps(link, {{"CONSUMER.DELETE." + consumer, {}}, {"CONSUMER.DURABLE.CREATE." + consumer, *config}}, done);
  };
  ask_jetstream(*link, "CONSUMER.INFO." + consumer, {}, "group " + group + " of " + topic.topic,
                [=](const Result<Json>& info) {
                  if (!info) return done(info.error());
                  check_unused(link, place, [=](const Result<void>& unused) {
                    if (!unused) return done(unused.error());
                    ask_jetstream(*link, "STREAM.INFO." + place.stream, {}, stream_text(place), make);
                  });
                });
}

}  // namespace ductape::inline v0::nats
