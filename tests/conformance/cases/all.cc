// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& part : {basic_cases, limit_cases, isolation_cases, group_cases, start_cases, settle_cases,
                           close_cases, order_cases, flow_cases, publish_flow_cases, crash_cases}) {
    auto cases = part();
    std::move(cases.begin(), cases.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace ductape::inline v0::testing::conformance
