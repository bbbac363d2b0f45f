// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "src/store/location.h"
#include "src/store/scratch_directory_test.h"

namespace ductape::inline v0::store {

/// Several open what is not there yet, at the same moment, and none is refused. `open` takes a Location.
template <class Open>
void expect_that_several_may_make_it_at_once(Open open) {
  for (int round = 0; round < 25; ++round) {
    const ScratchDirectory fresh;
    std::atomic<int> refused = 0;
    std::latch all(8);
    std::vector<std::jthread> processes;
    for (int i = 0; i < 8; ++i)
      processes.emplace_back([&] {
        all.arrive_and_wait();
        refused += open({.kind = Location::Kind::sqlite, .directory = fresh.path()}).ok() ? 0 : 1;
      });
    processes.clear();
    ASSERT_EQ(refused, 0) << "round " << round;
  }
}

}  // namespace ductape::inline v0::store
