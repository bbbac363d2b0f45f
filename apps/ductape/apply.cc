// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/ductape/error_text.h"
#include "apps/ductape/input.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ApplyFlags {
  std::string file = {};
  bool dry_run = false, all_envs = false, prune = false;
};

/// A group in one environment, and why its provider does not have it yet.
struct Provisioned {
  const GroupDefinition* group = nullptr;
  std::string env = {};
  std::optional<Error> pending = {};
};

std::string_view text(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::added:
      return "added";
    case Change::Kind::changed:
      return "changed";
    case Change::Kind::removed:
      return "removed";
    case Change::Kind::unchanged:
      return "unchanged";
  }
  return "";
}

std::string_view mark(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::added:
      return "+ ";
    case Change::Kind::changed:
      return "~ ";
    case Change::Kind::removed:
      return "- ";
    case Change::Kind::unchanged:
      return "= ";
  }
  return "";
}

Result<std::vector<Provisioned>> provision(Client& client, const Applied& applied, bool all_envs) {
  std::vector<Provisioned> made;
  for (const auto& group : applied.groups) {
    auto broker = client.registry().broker(applied.product, group.event.substr(0, group.event.find(':')));
    if (!broker) return std::move(broker).error();
    for (const auto& env : broker->envs) {
      if (!all_envs && env.slug != client.options().env) continue;
      auto done = client.groups().provision(
          {.event = group.event, .group = group.name, .product = applied.product, .env = env.slug});
      made.push_back({&group, env.slug, done ? std::nullopt : std::optional(done.error())});
    }
  }
  return made;
}

std::string json_of(const Applied& applied, const std::vector<Provisioned>& groups, bool dry_run) {
  Json changes = Json::array(), states = Json::array();
  for (const auto& change : applied.changes)
    changes.push_back({{"change", text(change.kind)}, {"object", change.object}});
  for (const auto& made : groups) {
    Json state{{"event", made.group->event},
               {"group", made.group->name},
               {"env", made.env},
               {"state", made.pending ? "pending" : "ready"}};
    if (made.pending) {
      std::string error;
      append_error_json(error, *made.pending);
      state["error"] = Json::parse(error);
    }
    states.push_back(std::move(state));
  }
  return Json{{"product", applied.product}, {"dry_run", dry_run}, {"changes", changes}, {"groups", states}}.dump() +
         "\n";
}

std::string lines_of(const Applied& applied, bool dry_run) {
  std::string lines;
  for (const auto& change : applied.changes)
    if (change.kind != Change::Kind::unchanged) lines += std::string(mark(change.kind)) + change.object + "\n";
  if (lines.empty()) return "nothing to change in product " + applied.product + "\n";
  return lines + (dry_run ? "dry run: nothing was stored\n" : "");
}

Error pending_error(const std::vector<Provisioned>& groups, const std::string& file) {
  Error error;
  std::string names;
  for (const auto& made : groups) {
    if (!made.pending) continue;
    if (!error) error = *made.pending;
    names += (names.empty() ? "" : ", ") + made.group->event + "/" + made.group->name + " in " + made.env;
  }
  error.message = "stored, but still pending: " + names + ": " + error.message;
  error.hint += (error.hint.empty() ? "" : "; ") + std::string("then again: ductape apply -f ") + file;
  return error;
}

// Before their records go: a group that cannot be ended now must not be forgotten by the registry.
Result<void> end_pruned(Registry& registry, const std::string& text, ApplyOptions options, Globals globals) {
  options.dry_run = true;
  auto planned = registry.apply(text, options);
  if (!planned) return std::move(planned).error();
  if (planned->pruned.empty()) return {};
  globals.product = planned->product;
  auto client = open_client(globals);
  if (!client) return std::move(client).error();
  for (const auto& group : planned->pruned) {
    auto gone =
        client->groups().forget({.event = group.event, .group = group.name, .product = planned->product, .env = {}});
    if (gone) continue;
    auto why = std::move(gone).error();
    why.message = "nothing was stored: " + why.message;
    return why;
  }
  return {};
}

ExitCode apply(Console& console, Globals globals, const ApplyFlags& flags) {
  auto text = read_input(flags.file);
  if (!text) return console.fail(text.error());
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  const ApplyOptions options{.dry_run = flags.dry_run,
                             .prune = flags.prune,
                             .product = first_of(globals.product, "DUCTAPE_PRODUCT", registry->default_product())};
  if (flags.prune && !flags.dry_run)
    if (auto ended = end_pruned(*registry, *text, options, globals); !ended) return console.fail(ended.error());
  auto applied = registry->apply(*text, options);
  if (!applied) return console.fail(applied.error());

  std::vector<Provisioned> groups;
  if (!flags.dry_run && !applied->groups.empty()) {
    globals.product = applied->product;
    auto client = open_client(globals);
    if (!client) return console.fail(client.error());
    auto made = provision(*client, *applied, flags.all_envs);
    if (!made) return console.fail(made.error());
    groups = std::move(*made);
  }
  const auto printed =
      console.print(console.json() ? json_of(*applied, groups, flags.dry_run) : lines_of(*applied, flags.dry_run));
  if (printed != done) return printed;
  const bool pending = std::any_of(groups.begin(), groups.end(), [](const auto& made) { return made.pending; });
  if (!pending) return done;
  console.fail(pending_error(groups, flags.file));
  return partly;
}

}  // namespace

void add_apply(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "apply", "Store a declarative file, all or nothing, and make its groups",
                              "  ductape apply -f shop.yaml --dry-run\n  ductape apply -f shop.yaml --env prd");
  auto flags = std::make_shared<ApplyFlags>();
  command->add_option("-f,--file", flags->file, "JSON or YAML; - is standard input")->type_name("FILE")->required();
  command->add_flag("--dry-run", flags->dry_run, "Only say what would change");
  command->add_flag("--prune", flags->prune,
                    "Remove what the product has and the file does not name, groups with all they have");
  command->add_flag("--all-envs", flags->all_envs, "Make the groups in every environment, not only in --env");
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, flags](Console& console) { return apply(console, globals, *flags); });
}

}  // namespace ductape::cli
