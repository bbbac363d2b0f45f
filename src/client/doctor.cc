// SPDX-License-Identifier: Apache-2.0
// What Client::diagnose looks at, from the outside in: store, secrets, brokers, groups.
#include <ductape/doctor.hpp>

#include <algorithm>
#include <set>

#include <ductape/units.hpp>

#include "src/client/client_core.h"
#include "src/client/placing.h"
#include "src/pipeline/waiting.h"

namespace ductape::inline v0 {
namespace {

using driver::Probe;

std::string_view name_of(driver::Survives survives) {
  switch (survives) {
    case driver::Survives::nothing:
      return "nothing";
    case driver::Survives::process_crash:
      return "process_crash";
    case driver::Survives::power_loss:
      return "power_loss";
    case driver::Survives::replica_loss:
      return "replica_loss";
  }
  return "";
}

Finding green(std::string what, std::string found) { return {.what = std::move(what), .found = std::move(found)}; }

Finding red(std::string what, const Error& error) {
  return {.what = std::move(what), .state = HealthState::red, .found = error.message, .knob = error.hint};
}

// `lossy`: that nothing is kept is what all of its topics say is well.
Finding of_probe(std::string what, const std::string& provider, bool lossy, const Result<Probe>& answer) {
  if (!answer) return red(std::move(what), answer.error());
  auto finding =
      green(std::move(what), provider + ": " + answer->server + ", survives " + std::string(name_of(answer->survives)));
  if (answer->survives == driver::Survives::nothing && !lossy) {
    finding.state = HealthState::red;
    finding.knob = "what it confirms is lost with the server's process: make the server keep it on disk";
  }
  if (!answer->warning.empty() && !lossy) {
    finding.state = std::max(finding.state, HealthState::degraded);
    finding.knob = answer->warning;
  }
  return finding;
}

Finding of_group(const GroupStatus& status, const TopicPolicy& policy) {
  const auto& group = status.definition;
  Finding finding{.what = "group " + group.name + " of " + group.event + " in " + status.env};
  const auto worse = [&](const std::string& found, const std::string& knob) {
    finding.state = HealthState::degraded;
    finding.found += (finding.found.empty() ? "" : "; ") + found;
    finding.knob += (finding.knob.empty() ? "" : "; ") + knob;
  };
  if (status.state == "pending") {
    worse("its provider does not have it yet", "ductape apply again, or subscribe");
    return finding;
  }
  // A fifth of the time is left to do something about it.
  if (status.oldest_age && policy.retention_age.count() > 0 && *status.oldest_age > policy.retention_age * 4 / 5)
    worse("its oldest message is " + format_duration(*status.oldest_age) + " old, the topic's retention is " +
              format_duration(policy.retention_age),
          "start members or more of them, or raise `retention`, before the server removes what nobody read");
  if (status.dead.value_or(0) > 0)
    worse(std::to_string(*status.dead) + " dead letters",
          "ductape dead-letters list " + group.event + " --group " + group.name);
  if (status.data_loss.value_or(0) > 0)
    worse(std::to_string(*status.data_loss) + " messages left it without an outcome",
          "they were purged, reset over, or overtaken by retention");
  if (finding.found.empty()) finding.found = status.lag ? std::to_string(*status.lag) + " to do" : "ready";
  return finding;
}

/// Answers of several servers, asked at once.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Result<Probe>> here;
};

}  // namespace

std::vector<Finding> detail::ClientCore::diagnose(driver::Millis patience) {
  auto registry = registry_;
  const std::string& product = options_.product;
  std::vector<Finding> findings;
  const auto store = registry.check_store();
  const auto directory = registry.directory().empty() ? "in memory" : registry.directory();
  findings.push_back(store ? green("store", directory) : red("store", store.error()));
  const auto brokers = registry.brokers(product);
  if (!brokers) {
    findings.push_back(red("product " + product, brokers.error()));
    return findings;
  }
  const auto secrets = registry.secrets(product);
  const auto opened = registry.check_secrets(product);
  findings.push_back(secrets && opened ? green("secrets", std::to_string(secrets->size()) + " sealed")
                                       : red("secrets", secrets ? opened.error() : secrets.error()));

  struct Asked {
    std::size_t finding;
    std::string broker, provider;
    bool lossy;
  };
  std::vector<Asked> asked;
  const auto deadline = runtime_->now() + patience;
  auto answers = std::make_shared<Answers>();
  for (const auto& broker : *brokers)
    for (const auto& env : broker.envs) {
      if (env.slug != options_.env) continue;
      const auto what = "broker " + broker.tag + " in " + env.slug;
      const auto connected = [&] {
        std::lock_guard lock(mutex_);
        return connection({.broker = broker, .env = env, .topic = {}}, product);
      }();
      findings.push_back(connected ? green(what, "") : red(what, connected.error()));
      if (!connected) continue;
      const auto at = findings.size() - 1;
      const auto topics = registry.topics(product, broker.tag);
      const bool lossy = !(*connected)->driver().keeps_messages() ||
                         (topics && !topics->empty() && std::ranges::all_of(*topics, [](const TopicDefinition& topic) {
                            return topic.durability == Durability::lossy;
                          }));
      asked.push_back({at, broker.tag, std::string((*connected)->provider().name()), lossy});
      (*connected)->driver().probe(deadline, [answers, at](Result<Probe> answer) {
        std::lock_guard lock(answers->mutex);
        answers->here.emplace(at, std::move(answer));
        answers->changed.notify_all();
      });
    }
  std::set<std::string> answering;
  {
    std::unique_lock lock(answers->mutex);
    pipeline::wait_until(*runtime_, answers, lock, answers->changed, deadline + std::chrono::milliseconds(500),
                         [&] { return answers->here.size() == asked.size(); });
    for (const auto& [at, broker, provider, lossy] : asked) {
      const auto answer = answers->here.find(at);
      const Result<Probe> silence = Error{.code = Errc::timed_out,
                                          .message = provider + ": no answer within " + format_duration(patience),
                                          .hint = "look whether the server is stopped or cut off"};
      findings[at] =
          of_probe(findings[at].what, provider, lossy, answer == answers->here.end() ? silence : answer->second);
      if (answer != answers->here.end() && answer->second) answering.insert(broker);
    }
  }

  // Topics and groups of a broker that does not answer would only say so again.
  const auto groups = registry.groups(product);
  const auto topics = registry.topics(product);
  if (!groups || !topics) return findings;
  std::set<std::string> absent;
  for (const auto& topic : *topics) {
    if (!answering.contains(topic.broker)) continue;
    std::vector<GroupDefinition> own;
    std::ranges::copy_if(*groups, std::back_inserter(own), [&](const auto& one) { return one.event == topic.event(); });
    if (auto finding = look_at(topic, own, patience)) {
      if (finding->state == HealthState::red) absent.insert(topic.event());
      findings.push_back(std::move(*finding));
    }
  }
  Groups statuses(*this);
  for (const auto& group : *groups) {
    if (!answering.contains(group.event.substr(0, group.event.find(':'))) || absent.contains(group.event)) continue;
    const auto status = statuses.show({.event = group.event, .group = group.name});
    const auto topic = registry.topic(product, group.event);
    const auto what = "group " + group.name + " of " + group.event + " in " + options_.env;
    if (!status || !topic)
      findings.push_back(red(what, status ? topic.error() : status.error()));
    else
      findings.push_back(of_group(*status, topic->policy));
  }
  return findings;
}

// A right that is missing shows only when something is published; who looks now is told before that.
std::optional<Error> detail::ClientCore::may_not_publish(const pipeline::Route& to,
                                                         const std::vector<GroupDefinition>& groups,
                                                         driver::Millis patience) {
  auto& driver = to.connection->driver();
  std::vector<driver::Address> places{to.address};
  for (const auto& group : groups)
    for (const auto role : {driver::Role::retry, driver::Role::dead_letter})
      if (auto place = driver.address(to.spec(), role, group.name)) places.push_back(std::move(*place));
  for (const auto& place : places) {
    const auto deadline = runtime_->now() + patience;
    const auto allowed = await<void>(
        to.provider + " said whether " + place.native + " may be published to",
        [&](auto answer) { driver.check_publish(place, deadline, std::move(answer)); }, patience);
    if (!allowed) return allowed.error();
  }
  return std::nullopt;
}

// What has no group and may be made is made by the first publish.
std::optional<Finding> detail::ClientCore::look_at(const TopicDefinition& topic,
                                                   const std::vector<GroupDefinition>& groups,
                                                   driver::Millis patience) {
  const auto what = "topic " + topic.event() + " in " + options_.env;
  const auto found = route(cell({}, {}, topic.event()));
  if (!found) return red(what, found.error());
  const pipeline::Route& to = **found;
  if (const auto why = may_not_publish(to, groups, patience)) return red(what, *why);
  if (to.may_provision && groups.empty()) return std::nullopt;
  std::vector<driver::GroupSpec> specs;
  for (const auto& group : groups) specs.push_back(client::spec_of(group));
  auto there = await<driver::Topology>(
      to.provider + " said what it has of " + to.event,
      [&](auto answer) { to.connection->driver().provision(to.spec(), specs, false, std::move(answer)); }, patience);
  if (!there) return red(what, there.error());
  if (to.may_provision) there->missing.clear();
  std::optional<Finding> differs;
  const auto usable = client::check_topology(*there, to, {}, [&](const Notice& notice) {
    differs = {.what = what,
               .state = HealthState::degraded,
               .found = (differs ? differs->found + "; " : "") + notice.text,
               .knob = "change it there, or what the broker's config and the topic say of it"};
  });
  return usable ? differs : red(what, usable.error());
}

}  // namespace ductape::inline v0
