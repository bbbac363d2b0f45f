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

Json json_of(const driver::Field& field) {
  Json json{{"name", field.name}, {"type", driver::name_of(field.type)}, {"required", field.required}};
  if (!field.by_default.empty()) json["default"] = field.by_default;
  if (!field.choices.empty()) json["choices"] = field.choices;
  if (!field.also.empty()) json["also"] = field.also;
  json["help"] = field.help;
  return json;
}

// What it can do, if it is linked, and what its brokers are configured with.
Json describe(const ProviderOptions& options) {
  const driver::Provider* linked = find_provider(options.name);
  Json json = linked ? describe(*linked) : Json{{"name", options.name}};
  json["linked"] = linked != nullptr;
  json["config"] = Json::array();
  for (const auto& field : options.fields()) json["config"].push_back(json_of(field));
  return json;
}

std::string fields_table(std::span<const driver::Field> fields) {
  std::vector<Row> rows;
  for (const auto& field : fields) {
    std::string help(field.help);
    for (const auto choice : field.choices)
      help += (choice == field.choices.front() ? ": " : ", ") + std::string(choice);
    rows.push_back({std::string(field.name), std::string(driver::name_of(field.type)),
                    field.required ? "required" : field.by_default, help});
  }
  return table({"CONFIG", "TYPE", "DEFAULT", "WHAT IT IS"}, rows);
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
  if (const auto* options = find_options(name)) {
    auto json = describe(*options);
    if (console.json()) return console.print(json.dump() + "\n");
    json.erase("config");
    const auto fields = options->fields();
    return console.print(outline(json.dump()) + (fields.empty() ? "" : "\n" + fields_table(fields)));
  }
  std::string known;
  for (const auto& options : provider_options()) known += (known.empty() ? "" : ", ") + std::string(options.name);
  return console.fail({.code = Errc::not_found, .message = "no provider \"" + name + "\"", .hint = "one of " + known});
}

}  // namespace

void add_providers(CLI::App& root, Invocation& invocation) {
  auto* command =
      add_command(root, "providers", "What each linked provider can do, and how brokers of one are configured",
                  "  ductape providers\n  ductape providers kafka");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "One of them, by its name or as a broker's type");
  on_call(*command, invocation,
          [name](Console& console) { return name->empty() ? show_all(console) : show(console, *name); });
}

}  // namespace ductape::cli
