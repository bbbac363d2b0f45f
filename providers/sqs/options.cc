// SPDX-License-Identifier: Apache-2.0
#include "providers/sqs/options.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_sqs() {
  static const auto fields = driver::fields_of<sqs::SqsOptions>();
  return fields;
}

}  // namespace ductape::inline v0
