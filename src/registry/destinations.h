// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/field.hpp>

#include "src/registry/catalog.h"

namespace ductape::inline v0::registry {

/// What a topic says itself of where it is, in an environment of its broker: field by field, by the fields' names.
/// Errors: `invalid_argument` for what is no destination there.
Result<driver::Config> destination_of(const TopicDefinition& topic, const BrokerEnv& env);

/// Whether no two topics of a broker have one destination, and no two names of a product differ only in what their
/// technology takes for the same. Errors: `conflict`, with the override to set; those of `destination_of`.
Result<void> check_destinations(const Catalog& catalog);

}  // namespace ductape::inline v0::registry
