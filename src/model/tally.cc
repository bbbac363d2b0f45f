// SPDX-License-Identifier: Apache-2.0
#include "src/model/tally.h"

#include <algorithm>

namespace ductape::inline v0::model {

std::string tally_scope(std::string_view product, std::string_view env, std::string_view event,
                        std::string_view group) {
  std::string scope;
  for (const auto part : {product, env, event, group}) scope.append(part).push_back('/');
  return scope;
}

// No name has a slash.
TallyScope read_tally_scope(std::string_view scope) {
  TallyScope read;
  for (auto* part : {&read.product, &read.env, &read.event, &read.group}) {
    const auto end = std::min(scope.find('/'), scope.size());
    *part = scope.substr(0, end);
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return read;
}

}  // namespace ductape::inline v0::model
