// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& part : {basic_cases,         limit_cases,
                           isolation_cases,     group_cases,
                           take_over_cases,     start_cases,
                           reset_cases,         settle_cases,
                           retry_cases,         close_cases,
                           retry_scope_cases,   dead_letter_cases,
                           order_cases,         order_through_retry_cases,
                           flow_cases,          publish_flow_cases,
                           lease_cases,         poison_cases,
                           failure_cases,       frozen_cases,
                           frozen_server_cases, crash_cases,
                           shutdown_cases,      dedup_cases,
                           health_cases,        provision_cases,
                           unreachable_cases}) {
    auto cases = part();
    std::move(cases.begin(), cases.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<ChildRole> all_roles() {
  std::vector<ChildRole> all;
  for (const auto& part :
       {take_over_roles, order_roles, dead_letter_roles, poison_roles, frozen_roles, crash_roles, shutdown_roles}) {
    auto roles = part();
    std::move(roles.begin(), roles.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace ductape::inline v0::testing::conformance
