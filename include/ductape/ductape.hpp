// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All that a user includes.
#include <ductape/client.hpp>
#include <ductape/version.hpp>
