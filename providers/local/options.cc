// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/field.hpp>

namespace ductape::inline v0 {

// Its files lie in the store's directory; there is nothing to choose.
std::span<const driver::Field> options_local() { return {}; }

}  // namespace ductape::inline v0
