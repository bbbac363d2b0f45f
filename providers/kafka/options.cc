// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_kafka() {
  static const auto fields = driver::fields_of<kafka::KafkaOptions>();
  return fields;
}

}  // namespace ductape::inline v0
