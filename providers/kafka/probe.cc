// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/probe.h"

#include <charconv>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

using driver::Millis;
using Config = std::map<std::string, std::string>;

std::int64_t number(const Config& config, const std::string& name) {
  std::int64_t value = 1;
  if (const auto found = config.find(name); found != config.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

Millis left(const Link& link, driver::Deadline deadline) {
  // The library takes no less than 1.
  return std::max(Millis(1), std::chrono::duration_cast<Millis>(deadline - link.runtime().now()));
}

}  // namespace

driver::Survives survives(std::int64_t replicas, std::int64_t in_sync) {
  return replicas >= 2 && in_sync >= 2 ? driver::Survives::replica_loss : driver::Survives::process_crash;
}

void probe(std::shared_ptr<Link> link, driver::Deadline deadline, Done<driver::Probe> done) {
  describe_cluster(*link, left(*link, deadline), [=, done = std::move(done)](const Result<Cluster>& cluster) {
    if (!cluster) return done(cluster.error());
    driver::Probe found{.survives = driver::Survives::process_crash,
                        .server = "kafka at " + link->brokers() + ", cluster " + cluster->id};
    if (cluster->controller < 0) return done(found);
    describe_config(*link, RD_KAFKA_RESOURCE_BROKER, std::to_string(cluster->controller), left(*link, deadline),
                    [=](const Result<Config>& config) mutable {
                      if (!config && config.error().code != Errc::permission_denied) return done(config.error());
                      if (!config) {
                        found.warning =
                            "the brokers' settings may not be read, so that replicas are not known; give the "
                            "user the ACL DescribeConfigs on the cluster";
                        return done(found);
                      }
                      const auto set = link->options().replication_factor;
                      const auto replicas = set > 0 ? set : number(*config, "default.replication.factor");
                      const auto in_sync = number(*config, "min.insync.replicas");
                      found.survives = survives(replicas, in_sync);
                      if (replicas >= 2 && in_sync < 2)
                        found.warning =
                            "topics have " + std::to_string(replicas) +
                            " replicas, and a message is confirmed when one has it; set min.insync.replicas "
                            "to 2 at the brokers";
                      done(found);
                    });
  });
}

}  // namespace ductape::inline v0::kafka
