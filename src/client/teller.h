// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <ductape/driver/runtime.hpp>

#include "src/model/tally.h"

namespace ductape::inline v0::client {

/// Counts what this client's topics and groups did and tells it to the store, so that `stats` in whatever process shows
/// what no provider counts. While nothing happens it touches no disk. Thread-safe.
class Teller final {
 public:
  using Count = std::function<model::Tally()>;

  /// `store` is asked when there is something to tell; what cannot be told is kept for the next time.
  Teller(driver::Runtime& runtime, std::function<Result<model::Tallies*>()> store)
      : runtime_(runtime), store_(std::move(store)) {}

  /// `count` says what `source` did since its beginning; it is called under a lock.
  void add(const void* source, std::string scope, Count count);
  /// It counts no more; what it counted last is told.
  void remove(const void* source);
  /// Blocks for the disk.
  void tell();
  /// By scope, what was counted since the client began.
  [[nodiscard]] std::map<std::string, model::Tally> totals();

 private:
  struct Source {
    std::string scope;
    Count count;
    model::Tally seen = {};
  };
  void look(Source& at);  // under mutex_

  driver::Runtime& runtime_;
  const std::function<Result<model::Tallies*>()> store_;
  std::mutex telling_;  // held while the disk works; before mutex_
  std::mutex mutex_;
  std::map<const void*, Source> sources_;
  std::map<std::string, model::Tally> untold_, totals_;
};

}  // namespace ductape::inline v0::client
