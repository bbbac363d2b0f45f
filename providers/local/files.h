// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/checkpoints.h"
#include "providers/local/confirmations.h"
#include "providers/local/engine.h"

namespace ductape::inline v0::local {

/// What an engine has open, and the threads that work on it beside the engine's.
struct Engine::Files {
  Files(WakeFile opened, Turnstile entered, std::unique_ptr<Database> database, std::unique_ptr<SharedSync> shared,
        Engine& engine)
      : wake(std::move(opened)),
        turnstile(std::move(entered)),
        tables(std::move(database)),
        sync(std::move(shared)),
        confirmations(*sync,
                      [&engine] {
                        const std::lock_guard lock(engine.mutex_);
                        engine.poke();
                      }),
        checkpoints(engine.stem_, engine.runtime_, wake.turns()) {}

  WakeFile wake;
  Turnstile turnstile;
  Tables tables;
  std::unique_ptr<SharedSync> sync;
  Confirmations confirmations;
  Checkpoints checkpoints;
};

}  // namespace ductape::inline v0::local
