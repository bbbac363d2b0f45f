// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_redis() {
  static const auto fields = driver::fields_of<redis::RedisOptions>();
  return fields;
}

}  // namespace ductape::inline v0
