// SPDX-License-Identifier: Apache-2.0
#include "src/model/tally.h"

namespace ductape::inline v0::model {

std::string tally_scope(std::string_view product, std::string_view env, std::string_view event,
                        std::string_view group) {
  std::string scope;
  for (const auto part : {product, env, event, group}) scope.append(part).push_back('/');
  return scope;
}

}  // namespace ductape::inline v0::model
