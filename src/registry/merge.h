// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "src/model/json.h"
#include "src/registry/edit.h"

namespace ductape::inline v0::registry {

// What a partial object names, over what is stored: see `Registry::update_broker`.
Result<Broker> merge_broker(Edit& edit, std::string_view product, std::string_view tag, const model::Json& partial);
Result<TopicDefinition> merge_topic(Edit& edit, std::string_view product, std::string_view event,
                                    const model::Json& partial);

}  // namespace ductape::inline v0::registry
