// SPDX-License-Identifier: Apache-2.0
#include "providers/local/shared_sync.h"

#include <climits>

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;
// Who leads may have been killed or stopped; then each syncs for itself after this time. No sync is wrong, only dear.
constexpr auto leader_patience = 20ms;
}  // namespace

SharedSync::SharedSync(const Database& database, WakeFile::Syncs& syncs)
    : database_(database), syncs_(syncs), file_(database.identity()) {
  // A file that was removed under those who have it open, and made anew: their numbers are not about this one.
  if (syncs_.file.exchange(file_) != file_) syncs_.synced = 0;
}

int SharedSync::wait(std::uint64_t commit) {
  while (syncs_.synced.load() < commit) {
    const auto seen = syncs_.rounds.load();
    if (std::uint32_t none = 0; syncs_.leading.compare_exchange_strong(none, 1)) return lead();
    syncs_.following.fetch_add(1);
    futex_wait(syncs_.rounds, seen, leader_patience);
    syncs_.following.fetch_sub(1);
    if (syncs_.rounds.load() == seen) return lead();
  }
  return SQLITE_OK;
}

int SharedSync::lead() {
  // Their frames were written before they were counted.
  const auto covered = syncs_.commits.load();
  const int code = database_.sync();
  // Another file's commit may be among the counted: it was made under that name first.
  if (code == SQLITE_OK && syncs_.file.load() == file_)
    for (auto before = syncs_.synced.load(); before < covered;)
      if (syncs_.synced.compare_exchange_weak(before, covered)) break;
  syncs_.leading = 0;
  syncs_.rounds.fetch_add(1);
  if (syncs_.following.load() > 0) futex_wake(syncs_.rounds, INT_MAX);
  return code;
}

}  // namespace ductape::inline v0::local
