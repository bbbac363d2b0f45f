// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "src/model/fields.h"

namespace ductape::inline v0::model {

/// A secret of a product as the store has it.
struct SealedSecret {
  std::string product = {};
  std::string name = {};
  std::string sealed = {};
  std::string changed = {};  ///< when it was last set, as `format_time` writes it
  bool of_config = false;    ///< it came with a broker's config, and goes when no config names it any more
  std::uint64_t revision = 0;
};

void read(Fields& fields, SealedSecret& into);
[[nodiscard]] Json to_json(const SealedSecret& secret);

}  // namespace ductape::inline v0::model
