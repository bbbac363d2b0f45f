// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/ductape/input.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/options.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct TopicFlags {
  std::string event = {}, name = {}, description = {}, sample = {}, schema = "warn", file = {}, broker = {};
  bool ordered = false, named = false;
  std::optional<std::chrono::milliseconds> retention = {};
};

Result<TopicDefinition> definition(const TopicFlags& flags) {
  if (!flags.file.empty()) {
    auto text = read_input(flags.file);
    if (!text) return std::move(text).error();
    auto parsed = TopicDefinition::parse(*text);
    if (!parsed) return parsed;
    if (auto problem = disagree(flags.event, parsed->event(), flags.file)) return *problem;
    return parsed;
  }
  // The reader of files says what is wrong with an event and a sample, in the same words.
  nlohmann::ordered_json topic{{"tag", flags.event}, {"schema", flags.schema}, {"ordered", flags.ordered}};
  if (!flags.name.empty()) topic["name"] = flags.name;
  if (!flags.description.empty()) topic["description"] = flags.description;
  if (!flags.sample.empty()) {
    topic["sample"] = nlohmann::ordered_json::parse(flags.sample, nullptr, false);
    if (topic["sample"].is_discarded())
      return Error{.code = Errc::invalid_argument,
                   .message = "--sample is not JSON",
                   .hint = R"(a JSON object such as '{"orderId":"12345"}')"};
  }
  auto parsed = TopicDefinition::parse(topic.dump());
  if (parsed && flags.retention) parsed->policy.retention_age = *flags.retention;
  return parsed;
}

ExitCode create(Console& console, const Globals& globals, const TopicFlags& flags) {
  if (!flags.named && flags.file.empty())
    return console.fail({.code = Errc::invalid_argument,
                         .message = "EVENT or -f FILE is required",
                         .hint = "see ductape topic create --help"});
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto topic = definition(flags);
  if (!topic) return console.fail(topic.error());
  topic->product = store->product;
  auto created = store->registry.create(std::move(*topic));
  if (!created) return console.fail(created.error());
  return print_created(console, "topic " + created->event(), created->json());
}

ExitCode list(Console& console, const Globals& globals, const TopicFlags& flags) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  if (!flags.broker.empty())
    if (auto broker = store->registry.broker(store->product, flags.broker); !broker)
      return console.fail(broker.error());
  auto found = store->registry.topics(store->product, flags.broker);
  if (!found) return console.fail(found.error());
  std::vector<std::string> jsons;
  std::vector<Row> rows;
  for (const auto& topic : *found) {
    jsons.push_back(topic.json());
    rows.push_back({topic.event(), topic.name, topic.ordered ? "yes" : "no"});
  }
  return print_list(console, jsons, {"EVENT", "NAME", "ORDERED"}, rows);
}

nlohmann::ordered_json json_of(const NativeNames& names) {
  nlohmann::ordered_json groups = nlohmann::ordered_json::object();
  for (const auto& group : names.groups)
    groups[group.name] = {{"retry", group.retry}, {"dead_letter", group.dead_letter}};
  return {{"provider", names.provider}, {"topic", names.topic}, {"groups", groups}};
}

ExitCode show(Console& console, const Globals& globals, const std::string& event) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto found = client->registry().topic(client->options().product, event);
  if (!found) return console.fail(found.error());
  auto json = nlohmann::ordered_json::parse(found->json());
  // A broker need not exist in every environment.
  auto names = client->native_names(event);
  if (!names && names.error().code != Errc::not_found) return console.fail(names.error());
  json["env"] = client->options().env;
  json["native"] = names ? json_of(*names) : nlohmann::ordered_json();
  return print_object(console, json.dump());
}

ExitCode remove(Console& console, const Globals& globals, const std::string& event) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto removed = store->registry.remove_topic(store->product, event);
  return removed ? print_deleted(console, "topic", event) : console.fail(removed.error());
}

}  // namespace

void add_topic(CLI::App& root, Invocation& invocation) {
  const auto verbs = add_noun(root, "topic", "The channels of a broker",
                              "  ductape topic create orders:new-orders --ordered --sample '{\"orderId\":\"12345\"}'\n"
                              "  ductape topic create -f new-orders.yaml",
                              "orders:new-orders");
  auto flags = std::make_shared<TopicFlags>();
  for (auto* verb : {verbs.show, verbs.remove})
    verb->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
  verbs.list->add_option("--broker", flags->broker, "Only the topics of this broker")->type_name("TAG");
  auto& create_verb = *verbs.create;
  create_verb.add_option("EVENT", flags->event, "brokerTag:topicTag")->each([flags](const std::string&) {
    flags->named = true;  // though it may be empty
  });
  auto* file =
      create_verb.add_option("-f,--file", flags->file, "The whole definition, JSON or YAML; - is standard input")
          ->type_name("FILE");
  create_verb.add_option("--name", flags->name, "A name for people; else the tag")->type_name("TEXT")->excludes(file);
  create_verb.add_option("--description", flags->description, "What it is for")->type_name("TEXT")->excludes(file);
  create_verb.add_option("--sample", flags->sample, "A JSON object; the schema is inferred from it")
      ->type_name("JSON")
      ->excludes(file);
  one_of(create_verb.add_option("--schema", flags->schema, "What happens to a body that does not fit the sample"),
         {"off", "warn", "enforce"})
      ->capture_default_str()
      ->excludes(file);
  create_verb.add_flag("--ordered", flags->ordered, "Messages may have a key and keep its order")->excludes(file);
  add_duration(create_verb, "--retention", flags->retention, "How long finished messages are kept; else 7d")
      ->excludes(file);
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals, flags](Console& console) { return list(console, globals, *flags); });
  on_call(*verbs.show, invocation,
          [&globals, flags](Console& console) { return show(console, globals, flags->event); });
  on_call(*verbs.remove, invocation,
          [&globals, flags](Console& console) { return remove(console, globals, flags->event); });
}

}  // namespace ductape::cli
