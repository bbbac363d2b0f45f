// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "apps/ductape/health_text.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

// The embedded broker's file may be held for five seconds before it is said by whom; ten is what is promised.
constexpr std::chrono::seconds patience{8};

// A client knows what it uses; a program that only asks uses nothing yet.
std::vector<HealthItem> use_topics(Client& client) {
  std::vector<HealthItem> unusable;
  std::set<std::string> said;
  const auto topics = client.registry().topics(client.options().product);
  if (!topics) return {{.what = "registry", .state = HealthState::red, .reason = topics.error().message}};
  for (const auto& topic : *topics) {
    const auto made = client.topic(topic.event());
    // A broker need not exist in every environment.
    if (!made && made.error().name() != "BROKER_ENV_NOT_FOUND" && said.insert(topic.broker).second)
      unusable.push_back({.what = "broker " + topic.broker + " in " + client.options().env,
                          .state = HealthState::red,
                          .reason = made.error().message});
  }
  return unusable;
}

ExitCode health(Console& console, const Globals& globals) {
  const auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  if (auto known = store->registry.product(store->product); !known) return console.fail(known.error());
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  const auto unusable = use_topics(*client);
  auto found = client->health(patience);
  for (const auto& item : unusable) {
    found.state = HealthState::red;
    found.items.push_back(item);
  }
  const auto now = std::chrono::steady_clock::now();
  const auto printed = console.print(console.json() ? health_json(found, now) + "\n" : health_table(found, now));
  return worse(printed, found.state == HealthState::red ? failed : done);
}

}  // namespace

void add_health(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "health", "Ask each broker now; status 1 if something is red",
                              "  ductape health\n  ductape health --env prd --json");
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals](Console& console) { return health(console, globals); });
}

}  // namespace ductape::cli
