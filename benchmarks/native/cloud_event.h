// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <span>
#include <string>

#include "benchmarks/native/workload.h"

namespace bench {

struct Attribute {
  const char* name;
  const char* value;
};

/// The CloudEvents attributes of a message of topic bench:messages, with the lengths and the order that ours have.
std::span<const Attribute> attributes(const Workload& workload);

/// Ids as ours are: UUIDv7 in text.
class Ids {
 public:
  std::string make();

 private:
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace bench
