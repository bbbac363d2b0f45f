// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {

/// What the processes of a case say, a line each, in the order in which they said it. One for each case, made before
/// them and destroyed after them.
class Said {
 public:
  Said();
  ~Said();
  Said(const Said&) = delete;
  Said& operator=(const Said&) = delete;

  /// All of it until now; does not block.
  const std::vector<std::string>& lines();
  [[nodiscard]] bool has(std::string_view line);
  /// Those that begin so, without that beginning.
  std::vector<std::string> after(std::string_view beginning);

 private:
  friend class Child;
  int read_end_ = -1, write_end_ = -1;
  std::string rest_;  // of a line that is not complete
  std::vector<std::string> lines_;
};

/// How a process ended.
struct ChildEnd {
  bool killed = false;  // by SIGKILL, which is what a crash point does
  int exit_code = -1;   // if it ended by itself
};

/// This program once more, in a role, on the same harness and product, with `DUCTAPE_FAULT=fault`. Killed when it is
/// destroyed.
class Child {
 public:
  Child(Stage& stage, std::string_view role, const std::string& event, Said& said, const std::string& fault = {},
        Where where = Where::here());
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(int signal) const;
  [[nodiscard]] bool ended();
  /// Waits for its end; kills it after `limit` and fails then.
  ChildEnd wait(milliseconds limit = usual_wait, Where where = Where::here());

 private:
  Stage& stage_;
  const std::string what_;
  Said& said_;
  pid_t pid_ = -1;  // -1: its end was seen
  int status_ = 0;
};

/// In the child: one line to the case, with one system call, so that it is there whatever happens next.
void say(const std::string& line);

/// In the child: what `main` does if its first argument is `--child`.
int child_main(int argc, char** argv, const MakeHarness& make);

}  // namespace ductape::inline v0::testing::conformance
