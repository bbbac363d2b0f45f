// SPDX-License-Identifier: Apache-2.0
#include <ductape/metrics.hpp>

#include "apps/ductape/group_status.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

ExitCode stats(Console& console, const Globals& globals, const std::string& event, bool prometheus) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto groups = client->groups().list({.event = event});
  if (!groups) return console.fail(groups.error());
  return prometheus ? console.print(prometheus_text(metrics_of(*groups))) : print_stats(console, *groups);
}

}  // namespace

void add_stats(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(
      root, "stats", "What each group has waiting, in flight, done, dead and parked; rates of the last ten seconds",
      "  ductape stats\n  ductape stats orders:new-orders --json\n"
      "  ductape stats --prometheus > /var/lib/node_exporter/ductape.prom");
  auto event = std::make_shared<std::string>();
  command->add_option("EVENT", *event, "Only the groups of this topic");
  auto prometheus = std::make_shared<bool>(false);
  command->add_flag("--prometheus", *prometheus, "In Prometheus' text format");
  const auto& globals = invocation.globals;
  on_call(*command, invocation,
          [&globals, event, prometheus](Console& console) { return stats(console, globals, *event, *prometheus); });
}

}  // namespace ductape::cli
