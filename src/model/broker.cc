// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include <ductape/providers.hpp>

#include "src/model/config.h"
#include "src/model/document.h"
#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/objects.h"
#include "src/model/provider_types.h"

namespace ductape::inline v0 {
namespace model {
namespace {

// In the order of Provision.
constexpr std::array<std::string_view, 2> provisions{"create", "check"};

// Null for its type or its config takes an environment away.
bool is_removal(Fields& fields) {
  for (const auto* name : {"type", "config"})
    if (const auto* value = fields.find({name}); value && value->is_null()) return true;
  return false;
}

// A cloud connection's tag may also stand beside the config, and beside it that it is what logs in.
void read_config(Fields& fields, std::string& into) {
  const auto* given = fields.find({"config"}, Json::value_t::object);
  const auto* cloud = fields.find({"cloud"}, Json::value_t::string);
  // A URL alone is the whole config.
  std::string url;
  fields.text({"connection_url", "connectionUrl"}, url);
  if (given)
    into = given->dump();
  else if (!url.empty())
    into = "{}";
  if (given && cloud && given->value("cloud", *cloud) != *cloud)
    fields.fail(fields.path("cloud"), "differs from that of the config");
  auto config = Json::parse(into, nullptr, false);
  if (cloud) {
    config["cloud"] = *cloud;
    into = config.dump();
  }
  if (!url.empty()) {
    if (config.contains("connection_url")) fields.fail(fields.path("connection_url"), "stands in the config too");
    config["connection_url"] = url;
    into = config.dump();
  }
  constexpr std::array<std::string_view, 1> modes{"cloud_connection"};
  std::optional<std::size_t> mode;
  fields.choice({"authMode"}, modes, mode);
  if (mode && !config.contains("cloud"))
    fields.fail(fields.path("authMode"), "no \"cloud\" is named that could log in");
}

void read_env(Fields& fields, const std::string& type_of_all, std::vector<BrokerEnv>& into) {
  BrokerEnv named;
  fields.required({"slug", "tag", "env_slug"});
  fields.text({"slug", "tag", "env_slug"}, named.slug);
  if (is_removal(fields)) {
    fields.end();
    std::erase_if(into, [&](const BrokerEnv& env) { return env.slug == named.slug; });
    return;
  }
  const auto same = [&](const BrokerEnv& env) { return env.slug == named.slug; };
  auto env = std::find_if(into.begin(), into.end(), same);
  const bool is_new = env == into.end();
  if (!is_new) named = *env;

  if (is_new && type_of_all.empty()) fields.required({"type"});
  std::string type = type_of_all.empty() ? named.type : type_of_all;
  fields.text({"type"}, type);
  type = canonical_type(type);
  // Another technology has other settings; what the old one had would only be unknown keys to it.
  if (type != named.type) named.config = "{}";
  named.type = type;
  read_config(fields, named.config);
  fields.choice({"provision"}, provisions, named.provision);
  fields.end();
  if (!fields.ok()) return;
  if (is_new)
    into.push_back(std::move(named));
  else
    *env = std::move(named);
}

std::string env_path(const std::string& path, std::size_t index) { return path + "/envs/" + std::to_string(index); }

}  // namespace

void read(Fields& fields, Broker& into) {
  fields.text({"product", "product_tag"}, into.product);
  fields.required({"tag"});
  fields.text({"tag"}, into.tag);
  fields.optional_text({"name"}, into.name);
  fields.optional_text({"description"}, into.description);
  fields.revision(into.revision);
  // One technology for all environments that the document lists and that name no other.
  std::string type;
  fields.text({"type"}, type);
  const auto* envs = fields.find({"envs"}, Json::value_t::array);
  if (!type.empty() && (!envs || envs->empty()))
    fields.fail(fields.path("type"), "belongs to environments, and none is listed",
                "envs: [{slug: dev, type: " + type + "}]");
  std::set<std::string> seen;
  for (std::size_t i = 0; envs && i < envs->size(); ++i) {
    Fields env((*envs)[i], env_path(fields.path(), i), fields.problem());
    std::string slug;
    env.text({"slug", "tag", "env_slug"}, slug);
    if (!seen.insert(slug).second) env.fail(env.path(), "the environment " + in_quotes(slug) + " is given twice");
    read_env(env, type, into.envs);
  }
}

Json to_json(const Broker& broker) {
  Json envs = Json::array();
  for (const auto& env : broker.envs) {
    auto config = Json::parse(env.config, nullptr, false);
    envs.push_back({{"slug", env.slug}, {"type", env.type}, {"config", config.is_object() ? config : Json::object()}});
    if (env.provision != Provision::create)
      envs.back()["provision"] = provisions[static_cast<std::size_t>(env.provision)];
  }
  Json json{{"tag", broker.tag}, {"name", broker.name.empty() ? broker.tag : broker.name}};
  if (!broker.description.empty()) json["description"] = broker.description;
  json["envs"] = std::move(envs);
  return json;
}

Result<void> check(Broker& broker, std::span<const driver::Provider* const> linked, const std::string& path) {
  if (auto done = check_tag(path + (path.empty() ? "" : "/tag: ") + "broker tag", broker.tag); !done) return done;
  if (broker.name.empty()) broker.name = broker.tag;
  if (auto done = check_utf8(path + "/name", broker.name); !done) return done;
  if (auto done = check_utf8(path + "/description", broker.description); !done) return done;
  if (broker.envs.empty())
    return Error{.code = Errc::invalid_argument,
                 .message = path + "/envs: the broker " + in_quotes(broker.tag) + " has no environment, at least 1",
                 .hint = "envs: [{slug: dev, type: LOCAL}]"};
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < broker.envs.size(); ++i) {
    auto& env = broker.envs[i];
    const auto at = env_path(path, i);
    if (auto done = check_tag(at + "/slug: environment", env.slug); !done) return done;
    if (!seen.insert(env.slug).second)
      return Error{.code = Errc::invalid_argument,
                   .message = at + "/slug: the environment " + in_quotes(env.slug) + " is given twice"};
    env.type = canonical_type(env.type);
    auto fields = fields_of(env.type, linked);
    if (!fields) {
      auto error = std::move(fields).error();
      error.message.insert(0, at + "/type: ");
      return error;
    }
    auto config = parse_json(env.config);
    if (config && !config->is_object())
      config = Error{.code = Errc::invalid_argument,
                     .message = "expected an object, found " + std::string(type_name(config->type()))};
    if (!config) {
      auto error = std::move(config).error();
      error.message.insert(0, at + "/config: ");
      return error;
    }
    if (auto done = place_connection_url(*config, *fields, env.type, at + "/config"); !done) return done;
    if (auto done = check_config(*config, *fields, at + "/config"); !done) return done;
    env.config = config->dump();
  }
  return {};
}

}  // namespace model

Result<Broker> Broker::parse(std::string_view text) {
  auto document = model::parse_document(text);
  if (!document) return std::move(document).error();
  Broker broker;
  std::optional<Error> problem;
  model::Fields fields(*document, "", problem);
  model::read(fields, broker);
  fields.end();
  if (problem) return std::move(*problem);
  if (auto done = model::check(broker, providers()); !done) return std::move(done).error();
  return broker;
}

std::string Broker::json() const {
  auto json = model::to_json(*this);
  if (!product.empty()) json["product"] = product;
  if (revision != 0) json["revision"] = revision;
  return model::printed(json);
}

}  // namespace ductape::inline v0
