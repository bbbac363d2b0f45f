// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "apps/ductape/health_text.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

// All brokers are asked at once; ten seconds are promised.
constexpr std::chrono::seconds patience{8};

std::string json_of(const std::vector<Finding>& findings, HealthState worst) {
  Json list = Json::array();
  for (const auto& finding : findings)
    list.push_back({{"what", finding.what},
                    {"state", text(finding.state)},
                    {"found", finding.found},
                    {"knob", finding.knob.empty() ? Json() : Json(finding.knob)}});
  return Json{{"state", text(worst)}, {"findings", list}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string table_of(const std::vector<Finding>& findings, HealthState worst) {
  std::vector<Row> rows;
  for (const auto& finding : findings) rows.push_back({std::string(text(finding.state)), finding.what, finding.found});
  std::string out = table({"STATE", "WHAT", "FOUND"}, rows);
  for (const auto& finding : findings)
    if (!finding.knob.empty()) out += "\n" + finding.what + ":\n  " + finding.knob + "\n";
  return out + "\n" + std::string(text(worst)) + "\n";
}

ExitCode doctor(Console& console, const Globals& globals) {
  const auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  if (auto known = store->registry.product(store->product); !known) return console.fail(known.error());
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  const auto findings = client->diagnose(patience);
  HealthState worst = HealthState::green;
  for (const auto& finding : findings) worst = std::max(worst, finding.state);
  const auto printed = console.print(console.json() ? json_of(findings, worst) : table_of(findings, worst));
  return worse(printed, worst == HealthState::red ? failed : done);
}

}  // namespace

void add_doctor(CLI::App& root, Invocation& invocation) {
  auto* command =
      add_command(root, "doctor",
                  "Look at store, secrets, brokers and groups: what is wrong and the knob to turn; status 1 "
                  "if something is red",
                  "  ductape doctor\n  ductape doctor --env prd --json");
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals](Console& console) { return doctor(console, globals); });
}

}  // namespace ductape::cli
