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

/// The time that a case may take; the longer one with processes that are killed, frozen or started again and again.
constexpr std::chrono::seconds usual_limit{20}, long_limit{60};

/// One promise of the contract. `needs` are tried in order.
struct Case {
  std::string_view group, name;
  std::vector<const Need*> needs;
  void (*run)(Stage& stage);
  std::chrono::seconds limit = usual_limit;
};

namespace needs {
extern const Need many_groups, replay, broadcast, exclusive, keeps_without_group, dedup, lag, long_handlers, processes,
    server_faults, survives, network, crash_points;
}

/// What a process does that a case starts. `say` lines reach the case.
struct ChildRole {
  std::string_view name;
  int (*run)(Stage& stage, const std::string& event);
};

std::vector<Case> basic_cases();
std::vector<Case> limit_cases();
std::vector<Case> isolation_cases();
std::vector<Case> group_cases();
std::vector<Case> take_over_cases();
std::vector<Case> reset_cases();
std::vector<Case> start_cases();
std::vector<Case> settle_cases();
std::vector<Case> retry_cases();
std::vector<Case> retry_scope_cases();
std::vector<Case> close_cases();
std::vector<Case> dead_letter_cases();
std::vector<Case> order_cases();
std::vector<Case> order_through_retry_cases();
std::vector<Case> flow_cases();
std::vector<Case> publish_flow_cases();
std::vector<Case> lease_cases();
std::vector<Case> poison_cases();
std::vector<Case> frozen_cases();
std::vector<Case> frozen_server_cases();
std::vector<Case> failure_cases();
std::vector<Case> crash_cases();
std::vector<Case> shutdown_cases();
std::vector<Case> dedup_cases();
std::vector<Case> health_cases();
std::vector<Case> provision_cases();
std::vector<Case> unreachable_cases();

std::vector<ChildRole> take_over_roles();
std::vector<ChildRole> order_roles();
std::vector<ChildRole> dead_letter_roles();
std::vector<ChildRole> poison_roles();
std::vector<ChildRole> frozen_roles();
std::vector<ChildRole> crash_roles();
std::vector<ChildRole> shutdown_roles();

/// All of them, in the order of contract section 6.
std::vector<Case> all_cases();
std::vector<ChildRole> all_roles();

}  // namespace ductape::inline v0::testing::conformance
