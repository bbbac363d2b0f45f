// SPDX-License-Identifier: Apache-2.0
#include <ductape/providers.hpp>

#include <nlohmann/json.hpp>

#include "apps/ductape/command.h"
#include "apps/ductape/table.h"

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view text(driver::Ordering ordering) {
  switch (ordering) {
    case driver::Ordering::none:
      return "none";
    case driver::Ordering::exclusive:
      return "exclusive";
    case driver::Ordering::per_key:
      return "per_key";
  }
  return "";
}

std::string_view text(driver::Lease lease) {
  switch (lease) {
    case driver::Lease::none:
      return "none";
    case driver::Lease::fixed:
      return "fixed";
    case driver::Lease::renewable:
      return "renewable";
  }
  return "";
}

// Named and written as tests/conformance/expected.csv has them.
Json describe(const driver::Provider& provider) {
  const auto can = provider.capabilities();
  return {{"name", provider.name()},
          {"ordering", text(can.ordering)},
          {"lease", text(can.lease)},
          {"lease_max", can.lease_max.count()},
          {"retry_delay_max", can.retry_delay_max.count()},
          {"publish_delay_max", can.publish_delay_max.count()},
          {"keeps_without_group", can.keeps_without_group},
          {"many_groups", can.many_groups},
          {"exclusive", can.exclusive},
          {"broadcast", can.broadcast},
          {"replay", can.replay},
          {"dedup", can.dedup},
          {"text_only", can.text_only},
          {"counts_deliveries", can.counts_deliveries},
          {"counts_clean_return", can.counts_clean_return},
          {"lag_known", can.lag_known},
          {"moves", can.moves},
          {"heals_itself", can.heals_itself},
          {"batch_max", can.batch_max},
          {"message_max", can.message_max},
          {"headers_max", can.headers_max}};
}

std::string overview() {
  std::vector<Row> rows;
  const auto yes = [](bool can) { return can ? "yes" : "no"; };
  for (const auto* provider : providers()) {
    const auto can = provider->capabilities();
    rows.push_back({std::string(provider->name()), std::string(text(can.ordering)), std::string(text(can.lease)),
                    yes(can.exclusive), yes(can.broadcast), yes(can.replay), yes(can.dedup),
                    std::to_string(can.message_max)});
  }
  return table({"PROVIDER", "ORDERED BY", "LEASE", "EXCLUSIVE", "BROADCAST", "REPLAY", "DEDUP", ">MESSAGE MAX"}, rows);
}

ExitCode show_all(Console& console) {
  if (!console.json()) return console.print(overview());
  Json all = Json::array();
  for (const auto* provider : providers()) all.push_back(describe(*provider));
  return console.print(all.dump() + "\n");
}

ExitCode show(Console& console, const std::string& name) {
  std::string known;
  for (const auto* provider : providers()) {
    if (provider->name() == name) {
      const auto text = describe(*provider).dump();
      return console.print(console.json() ? text + "\n" : outline(text));
    }
    known += (known.empty() ? "" : ", ") + std::string(provider->name());
  }
  return console.fail({.code = Errc::not_found,
                       .message = "no provider \"" + name + "\" is linked into this program",
                       .hint = "it has: " + known});
}

}  // namespace

void add_providers(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "providers", "What each linked provider can do",
                              "  ductape providers\n  ductape providers local --json");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "One of them");
  on_call(*command, invocation,
          [name](Console& console) { return name->empty() ? show_all(console) : show(console, *name); });
}

}  // namespace ductape::cli
