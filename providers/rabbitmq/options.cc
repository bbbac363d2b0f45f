// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_rabbitmq() {
  static const auto fields = driver::fields_of<rabbitmq::RabbitmqOptions>();
  return fields;
}

}  // namespace ductape::inline v0
