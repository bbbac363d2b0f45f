// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/topology.h"

#include <algorithm>

#include <ductape/units.hpp>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

using driver::GroupSpec;
using driver::Millis;
using driver::Topology;
using Counts = std::map<std::string, std::int32_t>;

// A topic that was just made is not known to all brokers at once.
constexpr Millis spreads{5'000}, look_again_after{20};

bool may_pass(const Error& why) { return why.code == Errc::not_found || why.code == Errc::unavailable; }

/// Makes the topics and sets the groups' offsets, one step after the other.
class Provisioning : public std::enable_shared_from_this<Provisioning> {
 public:
  Provisioning(std::shared_ptr<Link> link, Wanted wanted, Done<Topology> done)
      : link_(std::move(link)), wanted_(std::move(wanted)), done_(std::move(done)) {}

  template <class T, class Step>
  auto next(Step step) {
    return [self = shared_from_this(), step = std::move(step)](Result<T> answer) {
      if (!answer) return self->done_(std::move(answer).error());
      step(std::move(*answer));
    };
  }

  void begin() {
    std::vector<std::string> names{wanted_.place.topic};
    for (const auto& group : wanted_.groups) {
      if (group.mode == GroupSpec::broadcast) continue;
      const auto place = place_of_group(group.name);
      for (auto& name : retry_topics(place)) names.push_back(std::move(name));
      names.push_back(dead_letter_topic(place));
    }
    give_up_ = link_->runtime().now() + spreads;
    describe_topics(*link_, names, admin_patience, next<Counts>([this](Counts found) { described(std::move(found)); }));
  }

 private:
  Place place_of_group(const std::string& group) const {
    return kafka::place_of_group(wanted_.place, link_->options().group_id, driver::Role::main, group);
  }

  void described(Counts found) {
    const auto& topic = wanted_.place.topic;
    existed_ = found[topic] > 0;
    partitions_ = found[topic];
    const bool exclusive =
        std::ranges::any_of(wanted_.groups, [](const auto& group) { return group.mode == GroupSpec::exclusive; });
    const auto main = new_main_topic(wanted_.place, link_->options(), exclusive);
    if (!existed_) partitions_ = main.partitions;
    if (exclusive && partitions_ > 1)
      return done_(failure(Errc::unsupported,
                           "topic " + topic + " has " + std::to_string(partitions_) +
                               " partitions, and an exclusive group needs one that has a single one",
                           "give the topic another name with `topic`, or use a shared group on an ordered topic"));
    if (existed_ && link_->options().partitions > 0 && partitions_ != main.partitions)
      topology_.differs.push_back(topic + ": " + std::to_string(partitions_) + " partitions, not " +
                                  std::to_string(main.partitions));
    std::vector<NewTopic> missing;
    if (!existed_) missing.push_back(main);
    for (const auto& group : wanted_.groups) {
      if (group.mode == GroupSpec::broadcast) continue;
      for (auto& one : new_group_topics(place_of_group(group.name), link_->options(), partitions_))
        if (found[one.name] == 0) missing.push_back(std::move(one));
    }
    if (missing.empty()) return made({});
    if (!wanted_.create) {
      for (const auto& one : missing) topology_.missing.push_back(one.name);
      return done_(std::move(topology_));
    }
    create_topics(*link_, std::move(missing),
                  next<std::vector<std::string>>([this](auto created) { made(std::move(created)); }));
  }

  void made(std::vector<std::string> created) {
    topology_.created = std::move(created);
    // Made by us just now it is empty; somebody else may have been quicker.
    fresh_ = std::ranges::count(topology_.created, wanted_.place.topic) > 0;
    const auto led = [self = shared_from_this()](const Result<void>& known) {
      known ? self->led() : self->done_(known.error());
    };
    existed_ ? link_->await_leaders(wanted_.place.topic, partitions_, admin_patience, led)
             : link_->await_topic(wanted_.place.topic, admin_patience, led);
  }

  void led() {
    if (!existed_ || wanted_.place.retention_age.count() == 0) return set_group();
    describe_config(*link_, RD_KAFKA_RESOURCE_TOPIC, wanted_.place.topic, admin_patience,
                    [self = shared_from_this()](const auto& config) {
                      // Without the right to look nothing is reported.
                      if (config) self->compare(*config);
                      self->set_group();
                    });
  }

  void compare(const std::map<std::string, std::string>& config) {
    const auto found = config.find("retention.ms");
    const auto wanted = std::to_string(wanted_.place.retention_age.count());
    if (found == config.end() || found->second == wanted) return;
    topology_.differs.push_back(wanted_.place.topic + ": retention.ms " + found->second + ", not " + wanted);
  }

  void set_group() {
    while (at_ < wanted_.groups.size() && wanted_.groups[at_].mode == GroupSpec::broadcast) ++at_;
    if (at_ == wanted_.groups.size()) return done_(std::move(topology_));
    if (!fresh_)
      return find_offsets(*link_, wanted_.place.topic, partitions_, wanted_.groups[at_].from,
                          [self = shared_from_this()](Result<OffsetsOf> start) {
                            start ? self->look(std::move(*start)) : self->try_again(start.error());
                          });
    OffsetsOf start;
    for (std::int32_t i = 0; i < partitions_; ++i) start.emplace(TopicPartition(wanted_.place.topic, i), 0);
    look(std::move(start));
  }

  // Where it would begin was read first: whoever made the group meanwhile began there or before.
  void look(OffsetsOf start) {
    link_->list_committed(place_of_group(wanted_.groups[at_].name).group_id,
                          partitions_of(Counts{{wanted_.place.topic, partitions_}}),
                          [self = shared_from_this(), start = std::move(start)](const auto& committed) {
                            if (!committed) return self->try_again(committed.error());
                            if (!committed->empty()) return self->next_group();
                            self->commit(start);
                          });
  }

  void commit(const OffsetsOf& start) {
    alter_committed(*link_, place_of_group(wanted_.groups[at_].name).group_id, start,
                    [self = shared_from_this()](const Result<void>& committed) {
                      // A member that is there commits where it starts.
                      if (!committed && committed.error().code != Errc::conflict)
                        return self->try_again(committed.error());
                      self->next_group();
                    });
  }

  void try_again(const Error& why) {
    if (!may_pass(why) || link_->runtime().now() >= give_up_) return done_(why);
    link_->at(link_->runtime().now() + look_again_after, [self = shared_from_this()] { self->set_group(); });
  }

  void next_group() {
    ++at_;
    set_group();
  }

  const std::shared_ptr<Link> link_;
  const Wanted wanted_;
  const Done<Topology> done_;
  Topology topology_;
  std::int32_t partitions_ = 0;
  bool existed_ = false, fresh_ = false;
  std::size_t at_ = 0;
  driver::Deadline give_up_ = {};
};

Error no_group(const Place& place) {
  return failure(Errc::not_found, "group " + place.group + " of topic " + place.topic + " does not exist at Kafka",
                 "provision it first");
}

std::vector<std::string> topics_of_group(const Place& place) {
  auto topics = retry_topics(place);
  topics.push_back(dead_letter_topic(place));
  return topics;
}

// Whoever read the dead letters may still be leaving.
void delete_dead_letter_group(const std::shared_ptr<Link>& link, const Place& place, driver::Deadline give_up,
                              Done<void> done) {
  delete_group(*link, dead_letter_group(place), [=, done = std::move(done)](const Result<void>& gone) {
    if (gone || gone.error().code != Errc::conflict || link->runtime().now() >= give_up) return done(gone);
    link->at(link->runtime().now() + 5 * look_again_after,
             [=] { delete_dead_letter_group(link, place, give_up, done); });
  });
}

}  // namespace

std::vector<TopicPartition> partitions_of(const Counts& topics) {
  std::vector<TopicPartition> all;
  for (const auto& [topic, count] : topics)
    for (std::int32_t i = 0; i < count; ++i) all.emplace_back(topic, i);
  return all;
}

void find_offsets(Link& link, const std::string& topic, std::int32_t partitions, const std::string& from,
                  Done<OffsetsOf> done) {
  OffsetsOf wanted;
  std::int64_t spec = RD_KAFKA_OFFSET_SPEC_LATEST;
  if (from == "earliest") {
    spec = RD_KAFKA_OFFSET_SPEC_EARLIEST;
  } else if (from != "latest") {
    const auto time = parse_time(from);
    if (!time) return done(time.error());
    spec = std::chrono::duration_cast<Millis>(time->time_since_epoch()).count();
  }
  for (std::int32_t i = 0; i < partitions; ++i) wanted.emplace(TopicPartition(topic, i), spec);
  list_offsets(link, wanted, admin_patience, [=, &link, done = std::move(done)](Result<OffsetsOf> found) {
    if (!found || spec < 0) return done(std::move(found));
    // Where nothing is as young as that, the group begins at the end.
    OffsetsOf ends;
    for (const auto& [partition, offset] : *found)
      if (offset < 0) ends.emplace(partition, RD_KAFKA_OFFSET_SPEC_LATEST);
    if (ends.empty()) return done(std::move(found));
    list_offsets(link, ends, admin_patience, [done, all = *found](const Result<OffsetsOf>& end) mutable {
      if (!end) return done(end.error());
      for (const auto& [partition, offset] : *end) all[partition] = offset;
      done(std::move(all));
    });
  });
}

void provision(std::shared_ptr<Link> link, Wanted wanted, Done<Topology> done) {
  std::make_shared<Provisioning>(std::move(link), std::move(wanted), std::move(done))->begin();
}

void forget(std::shared_ptr<Link> link, const Place& topic, const std::string& group, Done<void> done) {
  const auto place = place_of_group(topic, link->options().group_id, driver::Role::main, group);
  const auto give_up = link->runtime().now() + admin_patience;
  const auto gone = [=, done = std::move(done)](const Result<void>& left) {
    if (!left) return done(left);
    delete_dead_letter_group(link, place, give_up, [=](const Result<void>& read_no_more) {
      if (!read_no_more) return done(read_no_more);
      for (const auto& name : topics_of_group(place)) link->forget(name);
      delete_topics(*link, topics_of_group(place), done);
    });
  };
  if (place.own_group_id) return delete_group(*link, place.group_id, gone);
  // The group that the config names may have other topics.
  auto topics = retry_topics(place);
  topics.push_back(place.topic);
  describe_topics(*link, topics, admin_patience, [=](const Result<Counts>& counts) {
    if (!counts) return gone(counts.error());
    const auto partitions = partitions_of(*counts);
    if (partitions.empty()) return gone({});
    delete_committed(*link, place.group_id, partitions, gone);
  });
}

void reset(std::shared_ptr<Link> link, const Place& topic, const std::string& group, const std::string& to,
           Done<void> done) {
  const auto place = place_of_group(topic, link->options().group_id, driver::Role::main, group);
  auto topics = retry_topics(place);
  topics.push_back(place.topic);
  describe_topics(*link, topics, admin_patience, [=, done = std::move(done)](const Result<Counts>& found) {
    if (!found) return done(found.error());
    auto counts = *found;
    const auto partitions = counts[place.topic];
    if (partitions == 0) return done(no_group(place));
    link->list_committed(place.group_id, partitions_of(Counts{{place.topic, partitions}}), [=](const auto& committed) {
      if (!committed) return done(committed.error());
      if (committed->empty()) return done(no_group(place));
      find_offsets(*link, place.topic, partitions, to, [=](const Result<OffsetsOf>& main) {
        if (!main) return done(main.error());
        // What waited for its next attempt is part of what it was: it comes again with its message, or not at all.
        OffsetsOf ends;
        for (const auto& partition : partitions_of(counts))
          if (partition.first != place.topic) ends.emplace(partition, RD_KAFKA_OFFSET_SPEC_LATEST);
        if (ends.empty()) return alter_committed(*link, place.group_id, *main, done);
        list_offsets(*link, ends, admin_patience, [=, all = *main](const Result<OffsetsOf>& end) mutable {
          if (!end) return done(end.error());
          all.insert(end->begin(), end->end());
          alter_committed(*link, place.group_id, all, done);
        });
      });
    });
  });
}

}  // namespace ductape::inline v0::kafka
