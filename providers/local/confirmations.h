// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "providers/local/engine.h"
#include "providers/local/shared_sync.h"

namespace ductape::inline v0::local {

/// What is committed and not yet on the disk, in order: a thread waits for the disk and reports, while the engine goes
/// on with the next transaction. `add` and `drain` are the engine's; the thread exists from the first `add`.
class Confirmations {
 public:
  using Batch = std::vector<std::unique_ptr<Operation>>;

  /// `failed` is called, on the thread, once a sync has failed.
  Confirmations(SharedSync& sync, std::function<void()> failed) : sync_(sync), failed_(std::move(failed)) {}
  Confirmations(const Confirmations&) = delete;
  Confirmations& operator=(const Confirmations&) = delete;
  /// Confirms what it has.
  ~Confirmations();

  /// Operations that are to be reported when that commit is on the disk, after all earlier ones. 0: that need no sync.
  void add(std::uint64_t commit, Batch batch);
  [[nodiscard]] bool idle();
  /// Returns when all was reported, or a sync has failed.
  void drain();

  struct Failure {
    int code = SQLITE_OK;  ///< SQLite's
    Batch batch = {};      ///< what is not reported
  };
  Failure take_failure();

 private:
  void run();

  SharedSync& sync_;
  const std::function<void()> failed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch queue_;               // guarded by mutex_, as all that follows
  std::uint64_t commit_ = 0;  // the last one of the queue
  bool busy_ = false, stopping_ = false;
  Failure failure_;
  std::thread thread_;
};

}  // namespace ductape::inline v0::local
