// SPDX-License-Identifier: Apache-2.0
#include "providers/pubsub/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_pubsub() {
  static const auto fields = driver::fields_of<pubsub::PubsubOptions>();
  return fields;
}

}  // namespace ductape::inline v0
