// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All that a provider author includes.
#include <ductape/driver/fault.hpp>
#include <ductape/driver/provider.hpp>
