// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/names.h"

#include <ductape/driver/names.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

// The server allows 255, and puts a prefix before a bucket's name.
constexpr std::size_t longest_name = 200;

// Dots stand between others, as in a NATS subject.
bool is_group(std::string_view text) {
  return driver::is_group(text) && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos;
}

bool is_stream(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && std::string_view(".*>/\\").find(c) == std::string_view::npos;
  });
}

Error not_a(std::string_view what, std::string_view text, std::string_view allowed) {
  return failure(Errc::invalid_argument,
                 std::string(what) + " \"" + std::string(text) + "\" is not " + std::string(allowed));
}

std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261u;  // FNV-1a
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value;
}

std::string hashed(std::string name, std::string_view whole) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = hash(whole);
  name += '-';
  for (int shift = 28; shift >= 0; shift -= 4) name += digits[(value >> shift) & 15u];
  return name;
}

// A consumer's name has no dot; a group that has one keeps its own name by the hash.
std::string group_part(std::string_view group) {
  std::string part(group);
  std::ranges::replace(part, '.', '-');
  return part == group ? part : hashed(std::move(part), group);
}

}  // namespace

std::string shortened(std::string name, std::size_t longest) {
  if (name.size() <= longest) return name;
  const auto whole = name;
  name.resize(longest - 9);
  return hashed(std::move(name), whole);
}

Place place_of_group(const Place& topic, driver::Role role, std::string_view group) {
  Place place = topic;
  place.role = role;
  place.group = group;
  place.subject = topic.topic;
  std::string name = topic.topic;
  for (std::size_t dot = 0; (dot = name.find('.', dot)) != std::string::npos; dot += 2) name.replace(dot, 1, "--");
  name += "--" + group_part(group);
  // No group's name has the sign, so that none is called like another's retries.
  if (role == driver::Role::retry) {
    place.subject += "." + std::string(group) + ".retry";
    name += "~retry";
  } else if (role == driver::Role::dead_letter) {
    place.subject += "." + std::string(group) + ".dlq";
    name += "~dlq";
    place.ordered = false;
  }
  place.consumer = shortened(std::move(name), longest_name);
  return place;
}

Result<driver::Address> make_address(const driver::TopicSpec& spec, std::string_view stream, driver::Role role,
                                     std::string_view group) {
  constexpr std::string_view tag = "1 to 64 of a-z 0-9 - _";
  if (!driver::is_tag(spec.product)) return not_a("product", spec.product, tag);
  if (!driver::is_tag(spec.env)) return not_a("environment", spec.env, tag);
  if (!driver::is_tag(spec.broker)) return not_a("broker", spec.broker, tag);
  if (!driver::is_tag(spec.topic)) return not_a("topic", spec.topic, tag);
  if (!group.empty() && !is_group(group))
    return not_a("group", group, "1 to 64 of A-Z a-z 0-9 . _ -, where dots stand between others as in a NATS subject");
  if (const auto own = spec.destination.find("stream"); own != spec.destination.end()) stream = own->second;
  if (!stream.empty() && !is_stream(stream))
    return not_a("stream", stream, "1 to 200 printable ASCII characters other than space . * > / \\");

  Place place;
  place.broker = std::string(spec.product) + "--" + std::string(spec.env) + "--" + std::string(spec.broker);
  place.stream = stream.empty() ? shortened(place.broker + "--" + std::string(spec.topic), longest_name) : stream;
  place.own_stream = stream.empty();
  place.topic = std::string(spec.product) + '.' + std::string(spec.env) + '.' + std::string(spec.broker) + '.' +
                std::string(spec.topic);
  place.subject = place.topic;
  place.ordered = spec.ordered;
  place.may_make = spec.may_make;
  const auto topic_place = place;
  if (!group.empty()) place = place_of_group(topic_place, role, group);
  place.role = role;
  driver::Address address{.native = place.stream + ':' + place.subject};
  if (role == driver::Role::main)
    address.names = {{"stream", place.stream}, {"subject", place.subject}};
  else if (role == driver::Role::retry)
    address.names = {{"consumer", place_of_group(topic_place, driver::Role::main, group).consumer}};
  address.plan = std::make_shared<const Place>(std::move(place));
  return address;
}

const Place* place_of(const driver::Address* address) {
  return address == nullptr ? nullptr : static_cast<const Place*>(address->plan.get());
}

std::string native_id(std::string_view stream, std::uint64_t sequence) {
  std::array<char, 24> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), sequence).ptr;
  std::string text;
  text.reserve(stream.size() + 1 + digits.size());
  return text.append(stream).append(":").append(std::string_view(digits.data(), end));
}

std::string owner_bucket(const Place& place) { return shortened(place.broker, longest_name); }

std::string owner_subject(const Place& place) { return "$KV." + owner_bucket(place) + '.' + place.consumer; }

std::string presence_subject(const Place& place) { return "_DUCTAPE.members." + place.stream + '.' + place.consumer; }

}  // namespace ductape::inline v0::nats
