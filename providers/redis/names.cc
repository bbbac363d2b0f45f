// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/names.h"

#include <algorithm>

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {
namespace {

bool is_name(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           also.find(c) != std::string_view::npos;
  });
}

std::string topic_key(const RedisOptions& options, const driver::TopicSpec& topic) {
  if (const auto own = topic.destination.find("channel"); own != topic.destination.end()) return own->second;
  if (!options.channel.empty()) return options.channel;
  std::string key;
  for (const auto part : {topic.product, topic.env, topic.broker, topic.topic}) key.append(part).push_back('.');
  key.pop_back();
  return key;
}

}  // namespace

GroupKeys::GroupKeys(std::string_view stream, std::string_view group) {
  const auto key = [&](std::string_view what) {
    return std::string(stream).append(":").append(group).append(":").append(what);
  };
  retry = key("retry");
  dead_letter = key("dlq");
  wait = key("wait");
  members = key("members");
  owner = key("owner");
  counts = key("counts");
}

Result<driver::Address> make_address(const RedisOptions& options, const driver::TopicSpec& topic, driver::Role role,
                                     std::string_view group) {
  for (const auto part : {topic.product, topic.env, topic.broker, topic.topic})
    if (!is_name(part, "-_"))
      return failure(Errc::invalid_argument, "\"" + std::string(part) + "\" is not 1 to 64 of a-z 0-9 - _");
  if (role != driver::Role::main && !is_name(group, "-_."))
    return failure(Errc::invalid_argument, "group \"" + std::string(group) + "\" is not 1 to 64 of A-Z a-z 0-9 . _ -");
  auto place = std::make_shared<Place>();
  place->role = role;
  place->topic = topic_key(options, topic);
  place->stream = place->topic;
  place->ordered = topic.ordered;
  place->may_make = topic.may_make;
  place->retention_age = topic.retention_age;
  place->retention_bytes = topic.retention_bytes;
  if (role != driver::Role::main) {
    place->group = group;
    const GroupKeys keys(place->topic, group);
    place->stream = role == driver::Role::retry ? keys.retry : keys.dead_letter;
  }
  driver::Address address{.native = place->stream};
  if (role == driver::Role::main)
    address.names.push_back({options.mode == "stream" ? "stream" : "channel", place->stream});
  else if (role == driver::Role::retry)
    address.names.push_back({"group", place->group});
  address.plan = std::move(place);
  return address;
}

const Place& place_of(const driver::Address& address) { return *static_cast<const Place*>(address.plan.get()); }

}  // namespace ductape::inline v0::redis
