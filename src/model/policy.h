// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/registry.hpp>

#include "src/model/fields.h"

namespace ductape::inline v0::model {

/// `{max_attempts, backoff: {min, max}, max_deliveries, dedup}` of a group.
void read_retry(Fields& fields, RetryPolicy& into);
/// The same and `retention`, an age or `{age, bytes}`, of a topic.
void read_policy(Fields& fields, TopicPolicy& into);

[[nodiscard]] Json retry_json(const RetryPolicy& retry);
[[nodiscard]] Json policy_json(const TopicPolicy& policy);

Result<void> check_retry(const RetryPolicy& retry, const std::string& path);
Result<void> check_policy(const TopicPolicy& policy, const std::string& path);

}  // namespace ductape::inline v0::model
