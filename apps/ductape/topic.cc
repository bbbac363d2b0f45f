// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <ductape/units.hpp>

#include "apps/ductape/input.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/options.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct TopicFlags {
  std::string event = {}, file = {}, broker = {};
  std::optional<std::string> name = {}, description = {}, sample = {}, schema = {};
  bool ordered = false, named = false;
  std::optional<std::chrono::milliseconds> retention = {};
};

// What the flags give, as the part of a definition: its reader says what is wrong, in the words of files.
Result<nlohmann::ordered_json> part(const TopicFlags& flags) {
  auto json = nlohmann::ordered_json::object();
  if (flags.name) json["name"] = *flags.name;
  if (flags.description) json["description"] = *flags.description;
  if (flags.schema) json["schema"] = *flags.schema;
  if (flags.ordered) json["ordered"] = true;
  if (flags.retention) json["policy"]["retention"] = format_duration(*flags.retention);
  if (!flags.sample) return json;
  json["sample"] = nlohmann::ordered_json::parse(*flags.sample, nullptr, false);
  if (json["sample"].is_discarded())
    return Error{.code = Errc::invalid_argument,
                 .message = "--sample is not JSON",
                 .hint = R"(a JSON object such as '{"orderId":"12345"}')"};
  return json;
}

Result<TopicDefinition> definition(const TopicFlags& flags) {
  if (!flags.file.empty()) {
    auto text = read_input(flags.file);
    if (!text) return std::move(text).error();
    auto parsed = TopicDefinition::parse(*text);
    if (!parsed) return parsed;
    if (auto problem = disagree(flags.event, parsed->event(), flags.file)) return *problem;
    return parsed;
  }
  auto topic = part(flags);
  if (!topic) return std::move(topic).error();
  (*topic)["tag"] = flags.event;
  return TopicDefinition::parse(topic->dump());
}

Result<std::string> partial_text(const TopicFlags& flags) {
  if (!flags.file.empty()) return read_input(flags.file);
  auto json = part(flags);
  if (!json) return std::move(json).error();
  if (json->empty())
    return Error{.code = Errc::invalid_argument,
                 .message = "nothing is to be changed",
                 .hint = "-f FILE, --name, --description, --sample, --schema, --ordered, --retention"};
  return json->dump();
}

ExitCode update(Console& console, const Globals& globals, const TopicFlags& flags) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto partial = partial_text(flags);
  if (!partial) return console.fail(partial.error());
  auto updated = store->registry.update_topic(store->product, flags.event, *partial);
  if (!updated) return console.fail(updated.error());
  return print_updated(console, "topic " + updated->event(), updated->json());
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
  for (const auto& group : names.groups) {
    auto& json = groups[group.name];
    for (const auto& [what, name] : group.names) json[what] = name;
    json["retry"] = group.retry;
    json["dead_letter"] = group.dead_letter;
  }
  nlohmann::ordered_json json{{"provider", names.provider}};
  for (const auto& [what, name] : names.topic) json[what] = name;
  json["groups"] = groups;
  return json;
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
  auto& update_verb = *add_update(*verbs.create->get_parent(), "topic",
                                  "  ductape topic update orders:new-orders --schema enforce\n"
                                  "  ductape topic update orders:new-orders -f part.yaml");
  update_verb.add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
  verbs.create->add_option("EVENT", flags->event, "brokerTag:topicTag")->each([flags](const std::string&) {
    flags->named = true;  // though it may be empty
  });
  for (auto* verb : {verbs.create, &update_verb}) {
    auto* file = verb->add_option("-f,--file", flags->file,
                                  verb == verbs.create
                                      ? "The whole definition, JSON or YAML; - is standard input"
                                      : "The part that changes, JSON or YAML; - is standard input; null empties")
                     ->type_name("FILE");
    verb->add_option("--name", flags->name, "A name for people; else the tag")->type_name("TEXT")->excludes(file);
    verb->add_option("--description", flags->description, "What it is for")->type_name("TEXT")->excludes(file);
    verb->add_option("--sample", flags->sample, "A JSON object; the schema is inferred from it")
        ->type_name("JSON")
        ->excludes(file);
    one_of(
        verb->add_option("--schema", flags->schema, "What happens to a body that does not fit the sample; else warn"),
        {"off", "warn", "enforce"})
        ->excludes(file);
    verb->add_flag("--ordered", flags->ordered, "Messages may have a key and keep its order")->excludes(file);
    add_duration(*verb, "--retention", flags->retention, "How long finished messages are kept; else 7d")
        ->excludes(file);
  }
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(update_verb, invocation, [&globals, flags](Console& console) { return update(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals, flags](Console& console) { return list(console, globals, *flags); });
  on_call(*verbs.show, invocation,
          [&globals, flags](Console& console) { return show(console, globals, flags->event); });
  on_call(*verbs.remove, invocation,
          [&globals, flags](Console& console) { return remove(console, globals, flags->event); });
}

}  // namespace ductape::cli
