// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/names.h"

#include <ductape/driver/names.hpp>

#include <algorithm>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

constexpr std::size_t longest_name = 249, longest_group = 255;

bool is_name(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

Error not_a(std::string_view what, std::string_view text, std::string_view allowed) {
  return failure(Errc::invalid_argument,
                 std::string(what) + " \"" + std::string(text) + "\" is not " + std::string(allowed));
}

// One that is too long is cut and ends with 8 hex digits of a hash of all of it.
std::string shortened(std::string name, std::size_t longest) {
  if (name.size() <= longest) return name;
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  name.resize(longest - 9);
  name += '-';
  for (int shift = 28; shift >= 0; shift -= 4) name += "0123456789abcdef"[(hash >> shift) & 15u];
  return name;
}

}  // namespace

std::size_t tier_of(driver::Millis wait) {
  std::size_t tier = 0;
  while (tier + 1 < tiers.size() && tiers[tier + 1].wait <= wait) ++tier;
  return tier;
}

Place place_of_group(const Place& topic, std::string_view group_id, driver::Role role, std::string_view group) {
  Place place = topic;
  place.role = role;
  place.group = group;
  place.own_group_id = group_id != group;
  place.group_id = place.own_group_id ? shortened(topic.topic + '.' + place.group, longest_group) : place.group;
  return place;
}

std::string retry_topic(const Place& place, std::size_t tier) {
  return shortened(place.topic + '.' + place.group + ".retry." + std::string(tiers[tier].suffix), longest_name);
}

std::vector<std::string> retry_topics(const Place& place) {
  std::vector<std::string> topics;
  for (std::size_t tier = 0; tier < (place.ordered ? 1 : tiers.size()); ++tier)
    topics.push_back(retry_topic(place, tier));
  return topics;
}

std::string dead_letter_topic(const Place& place) {
  return shortened(place.topic + '.' + place.group + ".dlq", longest_name);
}

std::string dead_letter_group(const Place& place) {
  return shortened(place.topic + '.' + place.group + ".dlq", longest_group);
}

Result<driver::Address> make_address(const driver::TopicSpec& spec, std::string_view topic, std::string_view group_id,
                                     driver::Role role, std::string_view group) {
  constexpr std::string_view tag = "1 to 64 of a-z 0-9 - _", name = "1 to 249 of A-Z a-z 0-9 . _ -";
  if (!driver::is_tag(spec.product)) return not_a("product", spec.product, tag);
  if (!driver::is_tag(spec.env)) return not_a("environment", spec.env, tag);
  if (!driver::is_tag(spec.broker)) return not_a("broker", spec.broker, tag);
  if (!driver::is_tag(spec.topic)) return not_a("topic", spec.topic, tag);
  if (!group.empty() && !is_name(group, 64)) return not_a("group", group, "1 to 64 of A-Z a-z 0-9 . _ -");
  if (const auto own = spec.destination.find("topic"); own != spec.destination.end()) topic = own->second;
  if (!topic.empty() && !is_name(topic, longest_name)) return not_a("topic", topic, name);

  Place place{.ordered = spec.ordered, .retention_age = spec.retention_age, .retention_bytes = spec.retention_bytes};
  place.topic = !topic.empty() ? std::string(topic)
                               : shortened(std::string(spec.product) + '.' + std::string(spec.env) + '.' +
                                               std::string(spec.broker) + '.' + std::string(spec.topic),
                                           longest_name);
  if (!group.empty()) place = place_of_group(place, group_id, role, group);
  place.role = role;
  driver::Address address{.native = place.topic};
  if (role == driver::Role::main) {
    address.names = {{"topic", place.topic}};
  } else if (role == driver::Role::retry) {
    address.native = place.topic + '.' + place.group + ".retry";
    address.names = {{"group", place.group_id}};
  } else {
    address.native = dead_letter_topic(place);
  }
  address.plan = std::make_shared<const Place>(std::move(place));
  return address;
}

const Place* place_of(const driver::Address* address) {
  return address == nullptr ? nullptr : static_cast<const Place*>(address->plan.get());
}

}  // namespace ductape::inline v0::kafka
