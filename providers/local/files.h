// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/engine.h"

namespace ductape::inline v0::local {

/// What an engine has open.
struct Engine::Files {
  WakeFile wake;
  Turnstile turnstile;
  Tables tables;
};

}  // namespace ductape::inline v0::local
