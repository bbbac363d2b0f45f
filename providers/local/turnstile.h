// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/runtime.hpp>

#include "providers/local/wake.h"

namespace ductape::inline v0::local {

/// One at a time, over all processes that write to a broker's file. SQLite's own lock is taken by polling, so that one
/// of four writers waits for seconds; here those who wait are woken in turn, and who has just left lets them in first.
/// A `flock`, so that it opens when its holder dies, however it dies. Used by one thread.
class Turnstile {
 public:
  /// The words live as long as it.
  static Result<Turnstile> open(const std::string& path, WakeFile::Turns& turns);

  /// False if it was not free until `deadline`.
  bool enter(driver::Runtime& runtime, driver::Deadline deadline);
  void leave();

  /// The process that holds it, or held it last.
  [[nodiscard]] std::uint32_t holder() const { return turns_->holder.load(); }

 private:
  Turnstile(Descriptor file, WakeFile::Turns& turns) : file_(std::move(file)), turns_(&turns) {}
  bool try_enter();

  Descriptor file_;
  WakeFile::Turns* turns_;
  std::uint32_t last_entry_ = 0;
};

/// Leaves when it goes.
class Turn {
 public:
  explicit Turn(Turnstile& turnstile) : turnstile_(turnstile) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { turnstile_.leave(); }

 private:
  Turnstile& turnstile_;
};

}  // namespace ductape::inline v0::local
