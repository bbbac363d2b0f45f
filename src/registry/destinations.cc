// SPDX-License-Identifier: Apache-2.0
#include "src/registry/destinations.h"

#include <algorithm>

#include <ductape/providers.hpp>

#include "src/model/config.h"
#include "src/model/in_quotes.h"
#include "src/model/nearest.h"
#include "src/model/provider_types.h"
#include "src/model/references.h"

namespace ductape::inline v0::registry {
namespace {

using driver::Config;
using driver::Destination;
using driver::Field;
using model::did_you_mean;
using model::in_quotes;
using KnownFields = std::span<const Field>;

KnownFields fields_of(const BrokerEnv& env) {
  const auto known = model::fields_of(env.type, providers());
  return known ? *known : KnownFields();
}

std::string value_in(const Config& config, const Field& field) {
  const auto found = std::ranges::find_if(config, [&](const auto& entry) { return is_key_of(field, entry.first); });
  return found == config.end() ? std::string() : found->second;
}

Error refused(const TopicDefinition& topic, const BrokerEnv& env, const std::string& why, std::string hint) {
  return {.code = Errc::invalid_argument,
          .message = "topic " + topic.event() + " in " + env.slug + ": " + why,
          .hint = std::move(hint)};
}

std::string folded(std::string name, std::string_view alike) {
  for (char& c : name)
    if (alike.find(c) != alike.npos) c = alike.front();
  return name;
}

std::string override_of(const BrokerEnv& env, const Field& field) {
  return "give one of them its own: envs: [{slug: " + env.slug + ", config: {" + std::string(field.name) + ": ...}}]";
}

/// Which topic has a name already.
struct Taken {
  std::string event, env, name;
};
using Names = std::map<std::string, Taken>;

/// The topics of one broker in one environment.
class Check {
 public:
  Check(const ProductEntry& product, const BrokerEntry& broker, const BrokerEnv& env, Config config, Names& alike)
      : product_(product), broker_(broker), env_(env), config_(std::move(config)), alike_(alike) {}

  Result<void> run() {
    const auto fields = fields_of(env_);
    if (std::ranges::all_of(fields, [](const Field& field) { return field.destination == Destination::none; }) &&
        std::ranges::all_of(broker_.topics, [](const auto& entry) { return entry.second.topic->envs.empty(); }))
      return {};
    for (const auto& [tag, entry] : broker_.topics) {
      auto own = destination_of(*entry.topic, env_);
      if (!own) return std::move(own).error();
      for (const auto& field : fields)
        if (auto done = check(*entry.topic, field, *own); !done) return done;
    }
    return {};
  }

 private:
  // What the topic has for it: its own, else its broker's.
  [[nodiscard]] std::string value(const Config& own, const Field& field) const {
    auto mine = value_in(own, field);
    return mine.empty() ? value_in(config_, field) : mine;
  }

  Result<void> check(const TopicDefinition& topic, const Field& field, const Config& own) {
    if (field.destination != Destination::own && field.destination != Destination::within) return {};
    auto name = value(own, field);
    if (!name.empty()) {
      auto place = std::string(field.name) + "\n" + name;
      if (field.destination == Destination::within)
        for (const auto& other : fields_of(env_))
          if (other.destination == Destination::shared) place += "\n" + value(own, other);
      const auto [taken, is_new] = taken_.try_emplace(place, Taken{topic.event(), env_.slug, name});
      if (!is_new)
        return Error{.code = Errc::conflict,
                     .message = "topics " + taken->second.event + " and " + topic.event() + " would both have the " +
                                std::string(field.name) + " " + in_quotes(name) + " in " + env_.slug,
                     .hint = override_of(env_, field)};
    } else {
      name = product_.product->tag + "." + env_.slug + "." + topic.broker + "." + topic.tag;
    }
    if (field.alike.empty()) return {};
    const auto [taken, is_new] =
        alike_.try_emplace(folded(env_.type + "\n" + name, field.alike), Taken{topic.event(), env_.slug, name});
    if (is_new || taken->second.name == name) return {};
    return Error{.code = Errc::conflict,
                 .message = "topics " + taken->second.event + " in " + taken->second.env + " and " + topic.event() +
                            " in " + env_.slug + " would be " + in_quotes(taken->second.name) + " and " +
                            in_quotes(name) + ", which are the same to " + env_.type,
                 .hint = override_of(env_, field)};
  }

  const ProductEntry& product_;
  const BrokerEntry& broker_;
  const BrokerEnv& env_;
  const Config config_;
  Names& alike_;
  Names taken_;
};

}  // namespace

Result<Config> destination_of(const TopicDefinition& topic, const BrokerEnv& env) {
  Config destination;
  if (const auto queue = std::ranges::find(topic.queue_urls, env.slug, &QueueUrl::env); queue != topic.queue_urls.end())
    destination.emplace("queueUrl", queue->url);
  const auto own = std::ranges::find(topic.envs, env.slug, &TopicEnv::slug);
  if (own == topic.envs.end()) return destination;
  auto given = model::flatten_config(own->config);
  if (!given) return std::move(given).error();
  const auto fields = fields_of(env);
  if (auto done = model::check_types(model::Json::parse(own->config), fields,
                                     "topic " + topic.event() + " in " + env.slug + ": ");
      !done)
    return std::move(done).error();
  std::vector<std::string_view> known;
  std::string listed;
  for (const auto& field : fields)
    if (field.destination != Destination::none) {
      known.push_back(field.name);
      listed.append(listed.empty() ? "" : ", ").append(field.name);
    }
  for (const auto& [key, value] : *given) {
    const auto field = std::ranges::find_if(
        fields, [&key = key](const Field& f) { return f.destination != Destination::none && is_key_of(f, key); });
    if (field == fields.end())
      return refused(topic, env, in_quotes(key) + " names no destination of " + env.type + did_you_mean(key, known),
                     listed.empty() ? env.type + " knows none" : "known here: " + listed);
    const auto references = model::references_in(value);
    if (!references || !references->empty())
      return refused(topic, env, std::string(field->name) + ": a destination is written as it is, without a reference",
                     "a reference may stand in the broker's config");
    if (const auto why = why_not(*field, value))
      return refused(topic, env, std::string(field->name) + ": " + *why, std::string(field->help));
    destination.insert_or_assign(std::string(field->name), value);
  }
  return destination;
}

Result<void> check_destinations(const Catalog& catalog) {
  for (const auto& [product_tag, product] : catalog) {
    Names alike;
    for (const auto& [broker_tag, broker] : product.brokers)
      for (const auto& env : broker.broker->envs) {
        auto config = model::flatten_config(env.config);
        if (!config) return std::move(config).error();
        if (auto done = Check(product, broker, env, std::move(*config), alike).run(); !done) return done;
      }
  }
  return {};
}

}  // namespace ductape::inline v0::registry
