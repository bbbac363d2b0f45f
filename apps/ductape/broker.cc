// SPDX-License-Identifier: Apache-2.0
#include <ductape/providers.hpp>

#include <nlohmann/json.hpp>

#include "apps/ductape/input.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/settings.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BrokerFlags {
  std::string tag = {}, file = {};
  std::optional<std::string> name = {}, description = {}, type = {}, config = {}, provision = {};
  std::vector<std::string> settings = {};

  /// Whether something is about one environment.
  [[nodiscard]] bool of_env() const { return type || config || provision || !settings.empty(); }
};

// What the broker has in that environment, for settings to be put into; nothing if it becomes another technology's.
std::string stored_config(const BrokerFlags& flags, const Store& store) {
  const auto stored = store.registry.fetch_broker(store.product, flags.tag);
  if (!stored || !*stored) return "{}";
  for (const auto& env : (*stored)->envs)
    if (env.slug == store.env && (!flags.type || find_options(*flags.type) == find_options(env.type)))
      return env.config;
  return "{}";
}

// What the flags give, as the part of a definition; type, config and settings are about one environment.
Result<std::string> part(const BrokerFlags& flags, const Store& store) {
  if (!flags.file.empty()) return read_input(flags.file);
  Json json = Json::object();
  if (flags.name) json["name"] = *flags.name;
  if (flags.description) json["description"] = *flags.description;
  if (flags.of_env()) {
    Json one{{"slug", store.env}};
    if (flags.type) one["type"] = *flags.type;
    if (flags.provision) one["provision"] = *flags.provision;
    if (flags.config || !flags.settings.empty()) {
      auto config = with_settings(flags.config ? *flags.config : stored_config(flags, store), flags.settings);
      if (!config) return config;
      one["config"] = Json::parse(*config, nullptr, false);
    }
    json["envs"].push_back(std::move(one));
  }
  if (json.empty())
    return Error{.code = Errc::invalid_argument,
                 .message = "nothing is to be changed",
                 .hint = "-f FILE, --name, --description, --type, --set, --config, --provision"};
  return json.dump();
}

ExitCode update(Console& console, const Globals& globals, const BrokerFlags& flags) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto partial = part(flags, *store);
  if (!partial) return console.fail(partial.error());
  auto updated = store->registry.update_broker(store->product, flags.tag, *partial);
  if (!updated) return console.fail(updated.error());
  return print_updated(console, "broker " + updated->tag, updated->json());
}

// The definition of a file, or of the flags: then in the one environment that is named.
Result<Broker> definition(const BrokerFlags& flags, const Store& store) {
  Broker broker{.tag = flags.tag, .name = flags.name.value_or(""), .description = flags.description.value_or("")};
  auto config = with_settings(flags.config.value_or("{}"), flags.settings);
  if (!config) return std::move(config).error();
  broker.envs.push_back({.slug = store.env,
                         .type = flags.type.value_or("LOCAL"),
                         .config = std::move(*config),
                         .provision = flags.provision == "check" ? Provision::check : Provision::create});
  if (!flags.file.empty()) {
    auto text = read_input(flags.file);
    if (!text) return std::move(text).error();
    auto parsed = Broker::parse(*text);
    if (!parsed) return parsed;
    if (auto problem = disagree(flags.tag, parsed->tag, flags.file)) return *problem;
    broker = std::move(*parsed);
  } else if (flags.tag.empty()) {
    return Error{.code = Errc::invalid_argument,
                 .message = "TAG or -f FILE is required",
                 .hint = "see ductape broker create --help"};
  }
  broker.product = store.product;
  return broker;
}

ExitCode create(Console& console, const Globals& globals, const BrokerFlags& flags) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto broker = definition(flags, *store);
  if (!broker) return console.fail(broker.error());
  auto created = store->registry.create(std::move(*broker));
  if (!created) return console.fail(created.error());
  return print_created(console, "broker " + created->tag, created->json());
}

ExitCode list(Console& console, const Globals& globals) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto found = store->registry.brokers(store->product);
  if (!found) return console.fail(found.error());
  std::vector<std::string> jsons;
  std::vector<Row> rows;
  for (const auto& broker : *found) {
    std::string envs;
    for (const auto& env : broker.envs) envs += (envs.empty() ? "" : ", ") + env.slug + "=" + env.type;
    jsons.push_back(broker.json());
    rows.push_back({broker.tag, broker.name, envs});
  }
  return print_list(console, jsons, {"TAG", "NAME", "ENVIRONMENTS"}, rows);
}

ExitCode show(Console& console, const Globals& globals, const std::string& tag) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto found = store->registry.broker(store->product, tag);
  return found ? print_object(console, found->json()) : console.fail(found.error());
}

ExitCode remove(Console& console, const Globals& globals, const std::string& tag) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto removed = store->registry.remove_broker(store->product, tag);
  return removed ? print_deleted(console, "broker", tag) : console.fail(removed.error());
}

}  // namespace

void add_broker(CLI::App& root, Invocation& invocation) {
  const auto verbs =
      add_noun(root, "broker", "Named brokers; each environment may use another provider",
               "  ductape broker create orders --env dev\n"
               "  ductape broker create orders --env prd --type kafka --set brokers=127.0.0.1:9092 --set ssl=true\n"
               "  ductape broker create -f orders.yaml",
               "orders");
  auto flags = std::make_shared<BrokerFlags>();
  for (auto* verb : {verbs.show, verbs.remove}) verb->add_option("TAG", flags->tag, "The broker's tag")->required();
  auto& update_verb =
      *add_update(*verbs.create->get_parent(), "broker",
                  "  ductape broker update orders --env prd --type LOCAL\n  ductape broker update orders -f part.yaml");
  update_verb.add_option("TAG", flags->tag, "The broker's tag")->required();
  verbs.create->add_option("TAG", flags->tag, "The broker's tag");
  for (auto* verb : {verbs.create, &update_verb}) {
    const bool whole = verb == verbs.create;
    auto* file = verb->add_option("-f,--file", flags->file,
                                  whole ? "The whole definition, JSON or YAML; - is standard input"
                                        : "The part that changes, JSON or YAML; - is standard input; null removes")
                     ->type_name("FILE");
    const auto flag = [&](const char* name, std::optional<std::string>& value, const char* type, const char* help) {
      return verb->add_option(name, value, help)->type_name(type)->excludes(file);
    };
    flag("--name", flags->name, "TEXT", "A name for people; else the tag");
    flag("--description", flags->description, "TEXT", "What it is for");
    flag("--type", flags->type, "TYPE",
         whole ? "The provider in the environment given by --env; else LOCAL"
               : "The provider in the environment given by --env, which may be a new one");
    flag("--config", flags->config, "JSON", "The provider's whole configuration in that environment");
    verb->add_option("--set", flags->settings,
                     "One field of that configuration; repeat it for more (`ductape providers TYPE` lists them)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->excludes(file);
    flag("--provision", flags->provision, "WORD", "create: what is missing at the provider is made; check: nothing is")
        ->check(CLI::IsMember({"create", "check"}));
  }
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(update_verb, invocation, [&globals, flags](Console& console) { return update(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals](Console& console) { return list(console, globals); });
  on_call(*verbs.show, invocation, [&globals, flags](Console& console) { return show(console, globals, flags->tag); });
  on_call(*verbs.remove, invocation,
          [&globals, flags](Console& console) { return remove(console, globals, flags->tag); });
}

}  // namespace ductape::cli
