// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_nats() {
  static const auto fields = driver::fields_of<nats::NatsOptions>();
  return fields;
}

}  // namespace ductape::inline v0
