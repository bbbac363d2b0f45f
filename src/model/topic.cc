// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "src/model/config.h"
#include "src/model/document.h"
#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/objects.h"
#include "src/model/policy.h"
#include "src/model/schema.h"

namespace ductape::inline v0 {
namespace model {
namespace {

// In the order of SchemaMode.
constexpr std::array<std::string_view, 3> schema_modes{"off", "warn", "enforce"};
constexpr std::array<std::string_view, 3> durabilities{"warn", "require", "lossy"};
constexpr std::array<std::string_view, 2> metadata_kinds{"full", "lean"};

// The broker may be told by the tag's first part, by messageBrokerTag and by where the topic stands; all must agree.
void read_tags(Fields& fields, TopicDefinition& into) {
  std::string tag, broker = into.broker;
  fields.required({"tag"});
  fields.text({"tag"}, tag);
  fields.text({"messageBrokerTag", "message_broker_tag"}, broker);
  if (!fields.ok()) return;
  const auto colon = tag.find(':');
  const auto of_tag = colon == tag.npos ? broker : tag.substr(0, colon);
  if (broker.empty()) broker = of_tag;
  const auto& place = into.broker.empty() ? broker : into.broker;
  if (of_tag != place || broker != place)
    return fields.fail(fields.path("tag"), "the topic " + in_quotes(tag) + " does not belong to the broker " +
                                               in_quotes(of_tag != place ? place : broker));
  if (broker.empty())
    return fields.fail(fields.path("tag"),
                       Error{.code = Errc::invalid_argument,
                             .message = in_quotes(tag) + " does not say of which broker the topic is",
                             .hint = "write brokerTag:topicTag, or give messageBrokerTag",
                             .documented = "EVENT_FORMAT_INVALID"});
  into.broker = broker;
  into.tag = colon == tag.npos ? tag : tag.substr(colon + 1);
}

void read_queue_urls(Fields& fields, std::vector<QueueUrl>& into) {
  const auto* list = fields.find({"queueUrls", "queueUrl"}, Json::value_t::array);
  std::set<std::string> seen;
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    Fields one((*list)[i], fields.path("queueUrls") + "/" + std::to_string(i), fields.problem());
    QueueUrl queue;
    one.required({"env_slug", "env", "slug"});
    one.text({"env_slug", "env", "slug"}, queue.env);
    one.required({"url"});
    one.optional_text({"url"}, queue.url);
    one.end();
    if (!fields.ok()) return;
    if (!seen.insert(queue.env).second)
      return one.fail(one.path(), "the environment " + in_quotes(queue.env) + " is given twice");
    const auto known = std::ranges::find(into, queue.env, &QueueUrl::env);
    if (queue.url.empty())
      std::erase_if(into, [&](const QueueUrl& other) { return other.env == queue.env; });
    else if (known == into.end())
      into.push_back(std::move(queue));
    else
      *known = std::move(queue);
  }
}

Result<void> check_queue_urls(const std::vector<QueueUrl>& queues, const std::string& path) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto at = path + "/" + std::to_string(i);
    if (auto done = check_tag(at + "/env_slug: environment", queues[i].env); !done) return done;
    if (auto done = check_utf8(at + "/url", queues[i].url); !done) return done;
    std::string wrong;
    if (queues[i].url.empty()) wrong = "/url: is empty";
    if (!seen.insert(queues[i].env).second) wrong = "/env_slug: the environment is given twice";
    if (!wrong.empty()) return Error{.code = Errc::invalid_argument, .message = at + wrong};
  }
  return {};
}

// Null for its config takes an environment away.
void read_env(Fields& fields, std::vector<TopicEnv>& into) {
  TopicEnv named;
  fields.required({"slug", "env_slug", "env"});
  fields.text({"slug", "env_slug", "env"}, named.slug);
  fields.required({"config"});
  const auto* config = fields.find({"config"});
  const bool gone = config && config->is_null();
  if (!gone && fields.find({"config"}, Json::value_t::object)) named.config = config->dump();
  fields.end();
  if (!fields.ok()) return;
  const auto known = std::ranges::find(into, named.slug, &TopicEnv::slug);
  if (gone)
    std::erase_if(into, [&](const TopicEnv& env) { return env.slug == named.slug; });
  else if (known == into.end())
    into.push_back(std::move(named));
  else
    *known = std::move(named);
}

void read_envs(Fields& fields, std::vector<TopicEnv>& into) {
  const auto* list = fields.find({"envs"}, Json::value_t::array);
  std::set<std::string> seen;
  for (std::size_t i = 0; list && i < list->size() && fields.ok(); ++i) {
    Fields env((*list)[i], fields.path("envs") + "/" + std::to_string(i), fields.problem());
    std::string slug;
    env.text({"slug", "env_slug", "env"}, slug);
    if (!seen.insert(slug).second) env.fail(env.path(), "the environment " + in_quotes(slug) + " is given twice");
    read_env(env, into);
  }
}

// Which keys there may be is known by who knows the broker.
Result<void> check_envs(const std::vector<TopicEnv>& envs, const std::string& path) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < envs.size(); ++i) {
    const auto at = path + "/" + std::to_string(i);
    if (auto done = check_tag(at + "/slug: environment", envs[i].slug); !done) return done;
    if (!seen.insert(envs[i].slug).second)
      return Error{.code = Errc::invalid_argument, .message = at + "/slug: the environment is given twice"};
    if (auto config = flatten_config(envs[i].config); !config) {
      auto error = std::move(config).error();
      error.message.insert(0, at + (error.message.starts_with('/') ? "/config" : "/config: "));
      return error;
    }
  }
  return {};
}

// A message that comes again within a day is handled once, which is what `policy.dedup` says with its own time.
void read_idempotent(Fields& fields, RetryPolicy& into) {
  std::optional<bool> given;
  if (const auto* value = fields.find({"idempotent"}, Json::value_t::boolean)) given = value->get<bool>();
  if (!given) return;
  const auto* policy = fields.find({"policy"});
  if (!*given && policy && policy->is_object() && policy->contains("dedup"))
    return fields.fail(fields.path("idempotent"), "is false, where `policy` has a window in which ids are not repeated",
                       "leave one of them out");
  if (!*given)
    into.dedup = {};
  else if (into.dedup.count() == 0)
    into.dedup = std::chrono::hours(24);
}

}  // namespace

void read(Fields& fields, TopicDefinition& into) {
  fields.text({"product", "product_tag"}, into.product);
  read_tags(fields, into);
  fields.optional_text({"name"}, into.name);
  fields.optional_text({"description"}, into.description);
  fields.revision(into.revision);
  read_queue_urls(fields, into.queue_urls);
  read_envs(fields, into.envs);
  if (const auto* none = fields.find({"sample"}); none && none->is_null())
    into.sample.clear();
  else if (const auto* sample = fields.find({"sample"}, Json::value_t::object))
    into.sample = sample->dump();
  fields.choice({"schema"}, schema_modes, into.schema);
  fields.choice({"durability"}, durabilities, into.durability);
  fields.choice({"metadata"}, metadata_kinds, into.metadata);
  fields.texts({"optional"}, into.optional);
  fields.boolean({"ordered"}, into.ordered);
  if (const auto* value = fields.find({"policy"}, Json::value_t::object)) {
    Fields policy(*value, fields.path("policy"), fields.problem());
    read_policy(policy, into.policy);
    policy.end();
  }
  read_idempotent(fields, into.policy.retry);
  if (fields.find({"data"}))
    fields.fail(fields.path("data"),
                Error{.code = Errc::unsupported,
                      .message = "a list of fields is not read, as no document shows what one looks like",
                      .hint = "give a `sample`, from which the schema follows, and `schema: enforce`"});
}

Json to_json(const TopicDefinition& topic) {
  Json json{{"tag", topic.event()}, {"name", topic.name.empty() ? topic.tag : topic.name}};
  if (!topic.description.empty()) json["description"] = topic.description;
  for (const auto& queue : topic.queue_urls) json["queueUrls"].push_back({{"env_slug", queue.env}, {"url", queue.url}});
  for (const auto& env : topic.envs) {
    auto config = Json::parse(env.config, nullptr, false);
    json["envs"].push_back({{"slug", env.slug}, {"config", config.is_object() ? config : Json::object()}});
  }
  if (!topic.sample.empty()) {
    auto sample = Json::parse(topic.sample, nullptr, false);
    if (sample.is_object()) json["sample"] = std::move(sample);
  }
  json["schema"] = schema_modes[static_cast<std::size_t>(topic.schema)];
  if (topic.durability != Durability::warn)
    json["durability"] = durabilities[static_cast<std::size_t>(topic.durability)];
  if (topic.metadata != Metadata::full) json["metadata"] = metadata_kinds[static_cast<std::size_t>(topic.metadata)];
  if (!topic.optional.empty()) json["optional"] = topic.optional;
  json["ordered"] = topic.ordered;
  json["policy"] = policy_json(topic.policy);
  return json;
}

void widen(TopicDefinition& topic, const TopicDefinition& before) {
  if (topic.sample.empty() && !before.sample.empty()) return topic.optional.clear();
  if (topic.sample.empty() || before.sample.empty() || topic.sample == before.sample) return;
  // What is no sample is refused by `check`.
  if (Schema::infer(topic.sample)) topic.optional = Schema::widened(before.sample, topic.sample, topic.optional);
}

Result<void> check(TopicDefinition& topic, const std::string& path) {
  if (auto done = check_tag(path + (path.empty() ? "" : "/tag: ") + "broker tag", topic.broker); !done) return done;
  if (auto done = check_tag(path + (path.empty() ? "" : "/tag: ") + "topic tag", topic.tag); !done) return done;
  if (topic.name.empty()) topic.name = topic.tag;
  if (auto done = check_utf8(path + "/name", topic.name); !done) return done;
  if (auto done = check_utf8(path + "/description", topic.description); !done) return done;
  if (auto done = check_queue_urls(topic.queue_urls, path + "/queueUrls"); !done) return done;
  if (auto done = check_envs(topic.envs, path + "/envs"); !done) return done;
  if (!topic.sample.empty()) {
    auto sample = parse_json(topic.sample);
    auto schema = Schema::infer(topic.sample, topic.optional);
    if (!sample || !schema) {
      auto error = sample ? std::move(schema).error() : std::move(sample).error();
      error.message.insert(0, path + "/sample: ");
      return error;
    }
    topic.sample = sample->dump();
  } else if (!topic.optional.empty()) {
    return Error{.code = Errc::invalid_argument,
                 .message = path + "/optional: there is no sample whose fields it could name",
                 .hint = "give a `sample`, or leave `optional` out"};
  }
  return check_policy(topic.policy, path + "/policy");
}

}  // namespace model

Result<TopicDefinition> TopicDefinition::parse(std::string_view text) {
  auto document = model::parse_document(text);
  if (!document) return std::move(document).error();
  TopicDefinition topic;
  std::optional<Error> problem;
  model::Fields fields(*document, "", problem);
  model::read(fields, topic);
  fields.end();
  if (problem) return std::move(*problem);
  if (auto done = model::check(topic); !done) return std::move(done).error();
  return topic;
}

std::string TopicDefinition::json() const {
  auto json = model::to_json(*this);
  if (!product.empty()) json["product"] = product;
  if (revision != 0) json["revision"] = revision;
  return model::printed(json);
}

}  // namespace ductape::inline v0
