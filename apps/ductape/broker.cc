// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/input.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct BrokerFlags {
  std::string tag = {}, name = {}, description = {}, type = "LOCAL", config = "{}", file = {};
};

// The definition of a file, or of the flags: then in the one environment that is named.
Result<Broker> definition(const BrokerFlags& flags, const Store& store) {
  Broker broker{.tag = flags.tag, .name = flags.name, .description = flags.description};
  broker.envs.push_back({.slug = store.env, .type = flags.type, .config = flags.config});
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
               "  ductape broker create orders --env dev\n  ductape broker create -f orders.yaml", "orders");
  auto flags = std::make_shared<BrokerFlags>();
  for (auto* verb : {verbs.show, verbs.remove}) verb->add_option("TAG", flags->tag, "The broker's tag")->required();
  auto& create_verb = *verbs.create;
  create_verb.add_option("TAG", flags->tag, "The broker's tag");
  auto* file =
      create_verb.add_option("-f,--file", flags->file, "The whole definition, JSON or YAML; - is standard input")
          ->type_name("FILE");
  const auto flag = [&](const char* name, std::string& value, const char* type, const char* help) {
    return create_verb.add_option(name, value, help)->type_name(type)->excludes(file);
  };
  flag("--name", flags->name, "TEXT", "A name for people; else the tag");
  flag("--description", flags->description, "TEXT", "What it is for");
  flag("--type", flags->type, "TYPE", "The provider in the environment given by --env")->capture_default_str();
  flag("--config", flags->config, "JSON", "The provider's configuration in that environment")->capture_default_str();
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals](Console& console) { return list(console, globals); });
  on_call(*verbs.show, invocation, [&globals, flags](Console& console) { return show(console, globals, flags->tag); });
  on_call(*verbs.remove, invocation,
          [&globals, flags](Console& console) { return remove(console, globals, flags->tag); });
}

}  // namespace ductape::cli
