// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/ductape.hpp>

#include "benchmarks/native/workload.h"

namespace bench {

/// The value, or the end of the program.
template <class T>
T expect(ductape::Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(result).value();
}

constexpr const char* event = "bench:messages";

/// Makes the store with one topic: on the embedded broker, or on the server that is measured.
void make_store(const Workload& workload);
ductape::Client open_client(const std::string& directory);

// The modes.
void publish(const Workload& workload);
void end_to_end(const Workload& workload);
void one_by_one(const Workload& workload);
void idle(const Workload& workload);

}  // namespace bench
