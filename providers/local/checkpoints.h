// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include <ductape/driver/runtime.hpp>

#include "providers/local/wake.h"

namespace ductape::inline v0::local {

/// Moves the log into the file, on a thread and a connection of its own beside those who write: all of it, so that the
/// next who writes begins the log anew. The thread exists once it was needed.
class Checkpoints {
 public:
  Checkpoints(std::string stem, driver::Runtime& runtime, WakeFile::Turns& turns)
      : stem_(std::move(stem)), runtime_(runtime), turns_(turns), above_(long_log) {}
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;
  ~Checkpoints();

  // Pages of 8 KiB.
  static constexpr int long_log = 1536;     ///< then one begins
  static constexpr int longest_log = 2304;  ///< then who writes waits for the one under way

  /// Begins one if the log of that many pages is long, and waits for it if it is much too long: the disk
  /// may be slower than those who write.
  void keep_short(int log_pages);

 private:
  class Mover;
  void run();

  const std::string stem_;
  driver::Runtime& runtime_;
  WakeFile::Turns& turns_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false, stopping_ = false;  // guarded by mutex_
  int pages_ = 0;                           // guarded by mutex_: when the last one began
  int above_;                               // guarded by mutex_: not before the log is longer
  std::thread thread_;
};

}  // namespace ductape::inline v0::local
