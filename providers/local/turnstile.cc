// SPDX-License-Identifier: Apache-2.0
#include "providers/local/turnstile.h"

#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;
// A wake-up is lost when the process that owed it was killed; then the next try comes after this time.
constexpr auto retry = 20ms;
// How long who has just left waits for those it woke to come through.
constexpr auto courtesy = 2ms;
}  // namespace

Result<Turnstile> Turnstile::open(const std::string& path, WakeFile::Turns& turns) {
  auto file = open_file(path);
  if (!file) return file.error();
  return Turnstile(std::move(*file), turns);
}

bool Turnstile::try_enter() {
  int code;
  do code = flock(file_.get(), LOCK_EX | LOCK_NB);
  while (code != 0 && errno == EINTR);
  if (code != 0) return false;
  auto& turns = *turns_;
  turns.holder.store(static_cast<std::uint32_t>(getpid()));
  last_entry_ = turns.entries.fetch_add(1) + 1;
  if (turns.queue.load() > 0) futex_wake(turns.entries, INT_MAX);
  return true;
}

bool Turnstile::enter(driver::Runtime& runtime, driver::Deadline deadline) {
  auto& turns = *turns_;
  if (turns.queue.load() > 0 && turns.entries.load() == last_entry_) {
    futex_wait(turns.entries, last_entry_, courtesy);
    // Nobody came: the one who was counted is dead. Who is alive after all tries again by itself.
    if (turns.entries.load() == last_entry_) turns.queue.store(0);
  }
  if (try_enter()) return true;
  turns.queue.fetch_add(1);
  bool entered = false;
  while (!entered) {
    const auto seen = turns.exits.load();
    if ((entered = try_enter()) || runtime.now() >= deadline) break;
    futex_wait(turns.exits, seen, retry);
  }
  for (auto waiting = turns.queue.load(); waiting > 0 && !turns.queue.compare_exchange_weak(waiting, waiting - 1);) {
  }
  return entered;
}

void Turnstile::leave() {
  flock(file_.get(), LOCK_UN);
  auto& turns = *turns_;
  turns.exits.fetch_add(1);
  if (turns.queue.load() > 0) futex_wake(turns.exits, 1);
}

}  // namespace ductape::inline v0::local
