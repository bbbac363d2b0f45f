// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/database.h"
#include "providers/local/wake.h"

namespace ductape::inline v0::local {

/// One sync of the log for all processes that wait for one. A disk takes as long for one message as for a hundred, and
/// does one sync after the other: who committed while a sync was under way waits for its end, and then one of them
/// syncs for all. Thread-safe.
class SharedSync {
 public:
  /// Both live as long as it. Under the turnstile.
  SharedSync(const Database& database, WakeFile::Syncs& syncs);

  /// To be called after a commit, before the turnstile is left: the commit's number.
  std::uint64_t committed() { return syncs_.commits.fetch_add(1) + 1; }
  /// Returns when that commit, and with it all before, is on the disk; SQLite's code.
  int wait(std::uint64_t commit);

 private:
  int lead();

  const Database& database_;
  WakeFile::Syncs& syncs_;
  const std::uint64_t file_;
};

}  // namespace ductape::inline v0::local
