// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "tests/conformance/suite/stage.h"

namespace ductape::inline v0::testing::conformance {

/// Something a case needs that not every provider has.
struct Need {
  std::string_view name;
  bool (*met)(const Stage& stage);
  /// What must happen instead where the provider declares that it lacks it; null where the harness does.
  void (*refused)(Stage& stage) = nullptr;
};

/// One promise of the contract. `needs` are tried in order.
struct Case {
  std::string_view group, name;
  std::vector<const Need*> needs;
  void (*run)(Stage& stage);
};

namespace needs {
extern const Need many_groups, replay, broadcast, exclusive, keeps_without_group, dedup, lag, processes, crash_points;
}

/// What a process does that a case starts and lets die. `say` lines reach the case.
struct ChildRole {
  std::string_view name;
  int (*run)(Stage& stage, const std::string& event);
};

std::vector<Case> basic_cases();
std::vector<Case> limit_cases();
std::vector<Case> isolation_cases();
std::vector<Case> group_cases();
std::vector<Case> start_cases();
std::vector<Case> settle_cases();
std::vector<Case> close_cases();
std::vector<Case> order_cases();
std::vector<Case> flow_cases();
std::vector<Case> publish_flow_cases();
std::vector<Case> crash_cases();
std::vector<ChildRole> crash_roles();

/// All of them, in the order of contract section 6.
std::vector<Case> all_cases();

}  // namespace ductape::inline v0::testing::conformance
