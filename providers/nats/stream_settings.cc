// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/stream_settings.h"

#include <algorithm>
#include <charconv>
#include <ductape/units.hpp>

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis first_lease{30'000};
// A broadcast that nobody closed goes after it.
constexpr driver::Millis forgotten_after = std::chrono::hours(12);

std::int64_t nanoseconds(driver::Millis duration) { return std::chrono::nanoseconds(duration).count(); }

Error not_valid(const std::string& key, const std::string& value, std::string_view expected) {
  return failure(Errc::invalid_argument, "native." + key + ": \"" + value + "\" is not " + std::string(expected));
}

// Whether a subject of a stream, which may have wildcards, takes all of another.
bool covers(std::string_view pattern, std::string_view subject) {
  for (;;) {
    const auto p = pattern.substr(0, pattern.find('.')), s = subject.substr(0, subject.find('.'));
    if (p == ">") return true;
    if (p != "*" && p != s) return false;
    if (p == "*" && s == ">") return false;
    const bool last_p = p.size() == pattern.size(), last_s = s.size() == subject.size();
    if (last_p || last_s) return last_p && last_s;
    pattern.remove_prefix(p.size() + 1);
    subject.remove_prefix(s.size() + 1);
  }
}

std::vector<std::string> subjects_of(const Place& place) { return {place.topic, place.topic + ".>"}; }

}  // namespace

Result<StreamSettings> read_stream_settings(const driver::Config& native) {
  StreamSettings settings;
  for (const auto& [key, value] : native) {
    if (key == "replicas") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), settings.replicas);
      if (error != std::errc{} || end != value.data() + value.size() || settings.replicas < 1 || settings.replicas > 5)
        return not_valid(key, value, "a number from 1 to 5");
    } else if (key == "storage") {
      if (value != "file" && value != "memory") return not_valid(key, value, "file or memory");
      settings.storage = value;
    } else if (key == "maxBytes") {
      const auto size = parse_size(value);
      if (!size) return not_valid(key, value, "a size such as 10GB");
      settings.max_bytes = static_cast<std::int64_t>(*size);
    } else if (key == "maxAge" || key == "duplicateWindow") {
      const auto duration = parse_duration(value);
      if (!duration) return not_valid(key, value, "a duration such as 2m");
      (key == "maxAge" ? settings.max_age : settings.duplicate_window) = *duration;
    } else {
      return failure(Errc::invalid_argument, "native." + key + " is not known",
                     "NATS streams have replicas, storage, maxBytes, maxAge and duplicateWindow here");
    }
  }
  return settings;
}

Json stream_config(const Place& place, const StreamSettings& settings) {
  return {{"name", place.stream},
          {"subjects", subjects_of(place)},
          {"retention", "limits"},
          {"storage", settings.storage},
          {"num_replicas", settings.replicas},
          {"max_bytes", settings.max_bytes},
          {"max_age", nanoseconds(settings.max_age)},
          {"duplicate_window", nanoseconds(settings.duplicate_window)},
          {"discard", "old"},
          {"allow_direct", true}};
}

Json bucket_config(const std::string& bucket) {
  return {{"name", "KV_" + bucket},
          {"subjects", {"$KV." + bucket + ".>"}},
          {"max_msgs_per_subject", 1},
          {"storage", "file"},
          {"discard", "new"},
          {"deny_delete", false},
          {"allow_rollup_hdrs", true},
          {"num_replicas", 1},
          {"description", "which member of a group is the active one"}};
}

std::vector<std::string> missing_subjects(const Place& place, const Json& config) {
  const auto has = config.value("subjects", std::vector<std::string>());
  std::vector<std::string> missing;
  for (auto& subject : subjects_of(place))
    if (std::ranges::none_of(has, [&](const auto& pattern) { return covers(pattern, subject); }))
      missing.push_back(std::move(subject));
  return missing;
}

bool stream_differs(const Json& config, const StreamSettings& settings) {
  return config.value("storage", "") != settings.storage ||
         config.value("num_replicas", std::int64_t{1}) != settings.replicas ||
         config.value("max_bytes", std::int64_t{-1}) != settings.max_bytes ||
         config.value("max_age", std::int64_t{0}) != nanoseconds(settings.max_age) ||
         config.value("duplicate_window", std::int64_t{0}) != nanoseconds(settings.duplicate_window) ||
         config.value("retention", "") != "limits";
}

Result<Json> consumer_config(const Place& place, const driver::GroupSpec& group, std::uint64_t next) {
  Json config{{"durable_name", place.consumer},
              {"filter_subject", place.subject},
              {"ack_policy", "explicit"},
              {"ack_wait", nanoseconds(first_lease)},
              {"max_deliver", -1},
              {"max_ack_pending", -1},
              {"replay_policy", "instant"},
              {"deliver_policy", "all"}};
  if (group.mode == driver::GroupSpec::broadcast) config["inactive_threshold"] = nanoseconds(forgotten_after);
  if (place.role == driver::Role::main && group.from == "latest") {
    // Not "new": that would be whatever is the next message when the server reads the consumer again.
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = next;
  } else if (place.role == driver::Role::main && group.from != "earliest") {
    const auto start = parse_time(group.from);
    if (!start)
      return failure(Errc::invalid_argument,
                     "\"" + std::string(group.from) + "\" is not latest, earliest or an RFC 3339 time");
    config["deliver_policy"] = "by_start_time";
    config["opt_start_time"] = format_time(*start);
  }
  return Json{{"stream_name", place.stream}, {"config", std::move(config)}};
}

}  // namespace ductape::inline v0::nats
