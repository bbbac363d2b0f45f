// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include <ductape/result.hpp>

#include "providers/local/filesystem.h"

namespace ductape::inline v0::local {

/// What processes tell each other through a mapped file beside the database: "look again". Only hints go this way; who
/// misses one looks again within a second. Each engine has a slot with one futex word, so that it waits in one place
/// for everything: other processes' commits on topics it is interested in, and its own callers.
class WakeFile {
 public:
  struct Slot;

  /// Maps the file, made and sized if need be, and takes a slot. Errors: what open, allocation or mapping say.
  static Result<WakeFile> open(const std::string& path);
  WakeFile(WakeFile&& other) noexcept;
  WakeFile(const WakeFile&) = delete;
  WakeFile& operator=(const WakeFile&) = delete;
  ~WakeFile();

  /// The bit of a topic in sets of topics.
  static std::uint64_t bit(std::int64_t topic) { return std::uint64_t{1} << (topic & 63); }

  /// The word as it is now. What happens after this call makes `wait` return at once.
  [[nodiscard]] std::uint32_t word() const;
  /// Sleeps while the word is as it was, at most this long.
  void wait(std::uint32_t seen, std::chrono::nanoseconds at_most);
  /// From now on commits on these topics change the word.
  void interest(std::uint64_t topics);

  /// Wakes this slot's engine. Thread-safe.
  void poke();
  /// Wakes the engines of other processes that are interested in one of the topics.
  void notify(std::uint64_t topics);

  /// For the Turnstile.
  struct Turns {
    std::atomic<std::uint32_t> entries, exits;  ///< counters
    std::atomic<std::uint32_t> queue;           ///< how many wait
    std::atomic<std::uint32_t> holder;          ///< process id of the last who entered
  };
  [[nodiscard]] Turns& turns() const;

  /// For SharedSync.
  struct Syncs {
    std::atomic<std::uint64_t> file;             ///< which the numbers are about
    std::atomic<std::uint64_t> commits, synced;  ///< the last commit, the last of those on the disk
    std::atomic<std::uint32_t> rounds;           ///< syncs that ended
    std::atomic<std::uint32_t> leading, following;
  };
  [[nodiscard]] Syncs& syncs() const;

 private:
  struct Layout;
  WakeFile(Descriptor file, Layout* layout, Slot* slot) : file_(std::move(file)), layout_(layout), slot_(slot) {}

  Descriptor file_;
  Layout* layout_;
  Slot* slot_;
};

/// FUTEX_WAIT and FUTEX_WAKE on a word that processes share.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds at_most);
void futex_wake(std::atomic<std::uint32_t>& word, int waiters);

}  // namespace ductape::inline v0::local
