// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {

/// How a child process ended and what it said, a line each.
struct ChildEnd {
  std::vector<std::string> lines;
  bool killed = false;  // by SIGKILL, which is what a crash point does
  int exit_code = -1;   // if it ended by itself
};

/// Starts this program again in `role`, on the same harness and product, with `DUCTAPE_FAULT=fault`, and waits for its
/// end. Kills it after `limit` and fails then.
ChildEnd run_child(Stage& stage, std::string_view role, const std::string& event, const std::string& fault,
                   milliseconds limit = milliseconds(15'000), Where where = Where::here());

/// In the child: one line to the case, with one system call, so that it is there whatever happens next.
void say(const std::string& line);

/// In the child: what `main` does if its first argument is `--child`.
int child_main(int argc, char** argv, const MakeHarness& make);

}  // namespace ductape::inline v0::testing::conformance
