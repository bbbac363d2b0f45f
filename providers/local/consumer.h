// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <ductape/driver/consumer.hpp>

#include "providers/local/member.h"

namespace ductape::inline v0::local {

std::unique_ptr<driver::Consumer> make_consumer(std::shared_ptr<Engine> engine, driver::ConsumeSink& sink,
                                                Member::Spec spec);

}  // namespace ductape::inline v0::local
