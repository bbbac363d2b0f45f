// SPDX-License-Identifier: Apache-2.0
#include "providers/local/place.h"

#include <ductape/driver/names.hpp>

#include <algorithm>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {
namespace {

Error not_a(std::string_view what, std::string_view text, std::string_view allowed) {
  return failure(Errc::invalid_argument,
                 std::string(what) + " \"" + std::string(text) + "\" is not 1 to 64 of " + std::string(allowed));
}

}  // namespace

std::string dead_letter_topic(std::string_view topic, std::string_view group) {
  return std::string(topic) + '/' + std::string(group) + "/dead";
}

std::string retry_topic(std::string_view topic, std::string_view group) {
  return std::string(topic) + '/' + std::string(group) + "/retry";
}

Result<driver::Address> make_address(const driver::TopicSpec& spec, driver::Role role, std::string_view group) {
  constexpr std::string_view tag = "a-z 0-9 - _";
  if (!driver::is_tag(spec.product)) return not_a("product", spec.product, tag);
  if (!driver::is_tag(spec.env)) return not_a("environment", spec.env, tag);
  if (!driver::is_tag(spec.broker)) return not_a("broker", spec.broker, tag);
  if (!driver::is_tag(spec.topic)) return not_a("topic", spec.topic, tag);
  if (role != driver::Role::main && !driver::is_group(group)) return not_a("group", group, "A-Z a-z 0-9 . _ -");

  auto place = std::make_shared<Place>();
  for (const auto part : {spec.product, spec.env, spec.broker}) {
    if (!place->file.empty()) place->file += '.';
    place->file += part;
  }
  place->main = spec.topic;
  place->topic = role == driver::Role::dead_letter ? dead_letter_topic(spec.topic, group) : place->main;
  if (role != driver::Role::main) place->group = group;
  place->role = role;
  place->ordered = spec.ordered && role != driver::Role::dead_letter;
  place->retention_age = spec.retention_age;
  place->retention_bytes = spec.retention_bytes;
  auto native = place->file + ':' + place->topic;
  return driver::Address{.native = std::move(native), .plan = std::move(place)};
}

const Place* place_of(const driver::Address* address) {
  return address ? static_cast<const Place*>(address->plan.get()) : nullptr;
}

}  // namespace ductape::inline v0::local
