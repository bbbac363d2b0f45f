// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/names.h"

#include <ductape/driver/names.hpp>

#include <algorithm>

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::string_view dead_letters = ".dlq";

Error not_a(std::string_view what, std::string_view text, std::string_view allowed) {
  return failure(Errc::invalid_argument,
                 std::string(what) + " \"" + std::string(text) + "\" is not " + std::string(allowed));
}

/// The topic's own, else the broker's.
std::string given(const driver::TopicSpec& topic, const std::string& field, const std::string& of_broker) {
  const auto own = topic.destination.find(field);
  return own != topic.destination.end() ? own->second : of_broker;
}

std::optional<Error> wrong_name(std::string_view field, const std::string& name, std::size_t most) {
  if (name.size() > most)
    return failure(Errc::invalid_argument,
                   std::string(field) + " has " + std::to_string(name.size()) + " bytes; AMQP carries at most " +
                       std::to_string(most),
                   "shorten `" + std::string(field) + "`");
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }))
    return failure(Errc::invalid_argument, std::string(field) + " has a control character",
                   "write `" + std::string(field) + "` without it");
  return std::nullopt;
}

}  // namespace

const Tier* tier_for(driver::Millis wait) {
  const Tier* found = nullptr;
  for (const auto& tier : tiers)
    if (tier.wait <= wait) found = &tier;
  return found;
}

std::string shortened(std::string name) {
  if (name.size() <= longest_name) return name;
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  name.resize(longest_name - 9);
  name += '-';
  for (int shift = 28; shift >= 0; shift -= 4) name += "0123456789abcdef"[(hash >> shift) & 15u];
  return name;
}

namespace {

// A queue whose name is no group's is the one of the group `default`.
std::string_view default_group(const std::string& queue) {
  return queue.empty() || driver::is_group(queue) ? std::string_view(queue) : "default";
}

}  // namespace

std::string queue_of(const Place& place, std::string_view group) {
  const bool named = !place.default_queue.empty() && group == default_group(place.default_queue);
  return named ? place.default_queue : shortened(place.topic + '.' + std::string(group));
}

std::string dead_letter_queue_of(const Place& place, std::string_view group) {
  return shortened(queue_of(place, group) + std::string(dead_letters));
}

Result<driver::Address> make_address(const RabbitmqOptions& options, const driver::TopicSpec& topic, driver::Role role,
                                     std::string_view group) {
  constexpr std::string_view tag = "1 to 64 of a-z 0-9 - _";
  if (!driver::is_tag(topic.product)) return not_a("product", topic.product, tag);
  if (!driver::is_tag(topic.env)) return not_a("environment", topic.env, tag);
  if (!driver::is_tag(topic.broker)) return not_a("broker", topic.broker, tag);
  if (!driver::is_tag(topic.topic)) return not_a("topic", topic.topic, tag);
  if (role != driver::Role::main && !driver::is_group(group))
    return not_a("group", group, "1 to 64 of A-Z a-z 0-9 . _ -");

  Place place{
      .role = role, .exchange_type = options.exchange_type, .group = std::string(group), .ordered = topic.ordered};
  const auto broker = std::string(topic.product) + '.' + std::string(topic.env) + '.' + std::string(topic.broker);
  place.topic = broker + '.' + std::string(topic.topic);
  place.exchange = given(topic, "exchange", options.exchange);
  place.routing_key = given(topic, "routingKey", options.routing_key);
  place.default_queue = given(topic, "queue", options.queue);
  if (auto wrong = wrong_name("exchange", place.exchange, longest_name)) return std::move(*wrong);
  if (auto wrong = wrong_name("routingKey", place.routing_key, longest_name)) return std::move(*wrong);
  // Its dead letters have the same with something behind.
  if (auto wrong = wrong_name("queue", place.default_queue, longest_name - dead_letters.size()))
    return std::move(*wrong);
  if (place.exchange.empty()) {
    place.own_exchange = true;
    // What a fanout gets all its queues have.
    place.exchange = place.exchange_type == "fanout" ? place.topic : broker;
  }
  if (place.routing_key.empty()) place.routing_key = topic.topic;

  // A group's retries come back to its own queue, so both are one place to read.
  driver::Address address{.native = place.exchange + ':' + place.routing_key};
  if (role == driver::Role::main) address.default_group = default_group(place.default_queue);
  if (role == driver::Role::main)
    address.names = {{"exchange", place.exchange}, {"routingKey", place.routing_key}};
  else if (role == driver::Role::retry)
    address.names = {{"queue", queue_of(place, group)}};
  else
    address.native = dead_letter_queue_of(place, group);
  address.plan = std::make_shared<const Place>(std::move(place));
  return address;
}

const Place& place_of(const driver::Address& address) { return *static_cast<const Place*>(address.plan.get()); }

}  // namespace ductape::inline v0::rabbitmq
