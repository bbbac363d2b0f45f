// SPDX-License-Identifier: Apache-2.0
#include "src/model/policy.h"

#include <ductape/units.hpp>

namespace ductape::inline v0::model {
namespace {

void read_retention(Fields& fields, std::optional<Error>& problem, std::chrono::milliseconds& age,
                    std::uint64_t& bytes) {
  const auto* value = fields.find({"retention"});
  if (!value || !value->is_object()) return fields.duration({"retention"}, age);
  Fields parts(*value, fields.path("retention"), problem);
  parts.duration({"age"}, age);
  parts.size({"bytes"}, bytes);
  parts.end();
}

}  // namespace

void read_retry(Fields& fields, RetryPolicy& into) {
  fields.count({"max_attempts"}, into.max_attempts);
  if (const auto* value = fields.find({"backoff"}, Json::value_t::object)) {
    Fields backoff(*value, fields.path("backoff"), fields.problem());
    backoff.duration({"min"}, into.backoff_min);
    backoff.duration({"max"}, into.backoff_max);
    backoff.end();
  }
  fields.count({"max_deliveries"}, into.max_deliveries);
  fields.duration({"dedup"}, into.dedup);
}

void read_policy(Fields& fields, TopicPolicy& into) {
  read_retry(fields, into.retry);
  read_retention(fields, fields.problem(), into.retention_age, into.retention_bytes);
}

Json retry_json(const RetryPolicy& retry) {
  Json json{{"max_attempts", retry.max_attempts},
            {"backoff", {{"min", format_duration(retry.backoff_min)}, {"max", format_duration(retry.backoff_max)}}},
            {"max_deliveries", retry.max_deliveries}};
  if (retry.dedup.count() != 0) json["dedup"] = format_duration(retry.dedup);
  return json;
}

Json policy_json(const TopicPolicy& policy) {
  auto json = retry_json(policy.retry);
  if (policy.retention_bytes == 0)
    json["retention"] = format_duration(policy.retention_age);
  else
    json["retention"] = {{"age", format_duration(policy.retention_age)},
                         {"bytes", format_size(policy.retention_bytes)}};
  return json;
}

Result<void> check_retry(const RetryPolicy& retry, const std::string& path) {
  const auto wrong = [&](const std::string& what) {
    return Error{.code = Errc::invalid_argument, .message = path + what};
  };
  using namespace std::chrono_literals;
  if (retry.max_attempts == 0) return wrong("/max_attempts: 0 attempts would deliver nothing; at least 1");
  if (retry.backoff_min < 0ms) return wrong("/backoff/min: " + format_duration(retry.backoff_min) + " is negative");
  if (retry.backoff_min > retry.backoff_max)
    return wrong("/backoff: min " + format_duration(retry.backoff_min) + " is more than max " +
                 format_duration(retry.backoff_max));
  if (retry.max_deliveries == 0) return wrong("/max_deliveries: 0 hand-outs would deliver nothing; at least 1");
  if (retry.dedup < 0ms) return wrong("/dedup: " + format_duration(retry.dedup) + " is negative");
  return {};
}

Result<void> check_policy(const TopicPolicy& policy, const std::string& path) {
  if (policy.retention_age.count() <= 0)
    return Error{.code = Errc::invalid_argument,
                 .message = path + "/retention: " + format_duration(policy.retention_age) + " keeps nothing",
                 .hint = "e.g. 7d"};
  return check_retry(policy.retry, path);
}

}  // namespace ductape::inline v0::model
