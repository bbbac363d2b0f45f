// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <ductape/driver/runtime.hpp>

#include "providers/local/tables.h"
#include "providers/local/turnstile.h"
#include "providers/local/wake.h"

namespace ductape::inline v0::local {

/// One transaction, as those see it who work in it.
struct Cycle {
  Tables& tables;
  driver::Deadline now;
  std::int64_t wall;          ///< milliseconds since 1970
  std::uint64_t touched = 0;  ///< topics that may have something to hand out (WakeFile::bit)
};

/// Something a caller wants done on the file. Runs on the engine's thread: `apply` inside a transaction that it shares
/// with others, then `report`, once, after the transaction is durable or has failed. Reports come in the order of
/// calls.
class Operation {
 public:
  virtual ~Operation() = default;
  /// For crash points: local.<name>.before_commit.
  [[nodiscard]] virtual const char* name() const { return "other"; }
  /// Whether it needs the file. One that does not is only reported, in its turn, and cannot fail.
  [[nodiscard]] virtual bool uses_file() const { return true; }
  /// Whether it is on the disk before `report`; else a power failure may undo it.
  [[nodiscard]] virtual bool durable() const { return true; }
  /// Whether it rather waits than fails while another process, stopped in the middle of a commit, holds the file.
  [[nodiscard]] virtual bool patient() const { return false; }
  /// Whether `report` needs the engine's thread also if nothing failed; else it may come from the one that waits for
  /// the disk, while the engine does the next transaction.
  [[nodiscard]] virtual bool engine_reports() const { return true; }
  [[nodiscard]] virtual std::size_t count() const { return 1; }
  [[nodiscard]] virtual std::size_t bytes() const { return 0; }
  /// Before the transaction of everything that is queued with it.
  virtual void arrive() {}
  virtual void apply(Cycle&) {}
  /// The transaction in which it was applied failed. `apply` may come again, or `report`.
  virtual void undo() {}
  /// It did not: this cannot be undone any more, apart from a power failure.
  virtual void committed() {}
  virtual void report(const Error* /*failed*/) {}
  /// Whether somebody hears from `report` of what failed.
  [[nodiscard]] virtual bool is_heard() const { return true; }
  /// A transaction before it failed. If this must therefore not be stored either, it reports so, now and not after its
  /// own wait for the file, and true is returned.
  virtual bool turn_away() { return false; }
};

/// A session that takes part in transactions of its own accord: it claims messages, keeps its lease. On the engine's
/// thread only.
class Participant {
 public:
  virtual ~Participant() = default;
  /// Topics on which it wants to be woken; 0 if it wants no messages now.
  [[nodiscard]] virtual std::uint64_t interest() const = 0;
  /// When it wants a transaction. May have passed; whoever's is due, all get one.
  [[nodiscard]] virtual driver::Deadline next() const = 0;
  /// Reads, outside a transaction, whether there is something to claim; if there is, `next` has passed.
  virtual void look(Cycle&) = 0;
  /// May come again without a `report` between: then the transaction before failed.
  virtual void work(Cycle&) = 0;
  /// Whether `work` took messages, for the crash point.
  [[nodiscard]] virtual bool claimed() const = 0;
  /// Whether `report` will end it.
  [[nodiscard]] virtual bool leaves() const = 0;
  /// The transaction with `work` in it is over.
  virtual void report(const Error* failed) = 0;
  /// The file can be read and there was nothing to do.
  virtual void idle(driver::Deadline now) = 0;
  /// The file cannot be used any more.
  virtual void fail(const Error& error) = 0;
  /// It is over; the engine forgets it.
  [[nodiscard]] virtual bool ended() const = 0;
};

/// All work on one broker's file in this process, on one thread: it takes the turnstile, puts everything that is queued
/// into one transaction, and reports after the commit; when more is queued it leaves the wait for the disk to another.
/// So nobody's call blocks, commits are shared (group commit), and no callback runs inside a call. `post` is
/// thread-safe; sinks are called from the engine's thread.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  /// `stem`: path of the files without ".db", ".wake", ".turnstile". No I/O before the first operation.
  static std::shared_ptr<Engine> start(std::string stem, driver::Runtime& runtime);
  ~Engine();

  void post(std::unique_ptr<Operation> operation);
  /// From `report` on the engine's thread.
  void enroll(std::shared_ptr<Participant> participant) { participants_.push_back(std::move(participant)); }
  /// Does what is queued, then ends the thread; waits for it unless it is called by it. All sessions have ended before.
  void stop();

  [[nodiscard]] driver::Runtime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] const std::string& stem() const noexcept { return stem_; }
  /// How often its thread went to sleep, for tests.
  [[nodiscard]] std::uint64_t naps() const noexcept { return naps_.load(); }
  /// Pages in the write-ahead log after the last commit, for tests.
  [[nodiscard]] int log_pages() const noexcept { return log_pages_.load(); }

 private:
  using Batch = std::vector<std::unique_ptr<Operation>>;
  struct Files;

  Engine(std::string stem, driver::Runtime& runtime);
  void run();
  [[nodiscard]] std::uint32_t word() const;
  Batch take();
  bool someone_is_due(driver::Deadline now, std::uint32_t seen);
  void sleep(driver::Deadline now, std::uint32_t seen);
  void poke();

  void work(Batch batch);
  Result<void> open_files();
  Result<void> enter();
  Error held_up(std::uint32_t holder);
  /// One transaction over `batch` and the participants; nothing is reported. `heard`: whether anybody will be told how
  /// it went; a loss that nobody heard of is told then.
  Result<void> transact(std::span<const std::unique_ptr<Operation>> batch, bool with_participants, bool heard);
  Result<void> commit(std::span<const std::unique_ptr<Operation>> batch, bool with_participants, Cycle& cycle);
  /// Whether others may wait for the disk with `batch`, so that the next transaction can begin.
  bool may_go_on(const Batch& batch);
  /// Waits for the disk, and for the reports of what was committed before.
  Result<void> sync();
  Error not_synced(int code);
  /// What could not be confirmed beside, and why; nothing if nothing failed.
  std::optional<Error> report_unsynced();
  void know_files();
  void report(Batch& batch, const Error* failed);
  void report_participants();
  void close_files(const Error& why);
  [[nodiscard]] Cycle cycle(driver::Deadline now) const;

  const std::string stem_;
  driver::Runtime& runtime_;

  std::mutex mutex_;
  std::deque<std::unique_ptr<Operation>> queue_;  // guarded by mutex_
  bool stopping_ = false;                         // guarded by mutex_
  WakeFile* wake_ = nullptr;                      // guarded by mutex_; written by the engine's thread only
  mutable std::atomic<std::uint32_t> word_ = 0;   // in place of the file's while that is not open

  // The engine's thread only:
  std::unique_ptr<Files> files_;
  std::vector<std::shared_ptr<Participant>> participants_;
  void turn_away_queued();
  Batch deferred_;  // patient ones that have waited in vain once
  // Of the last transaction:
  std::uint64_t commit_ = 0;      // its number; 0 if it is nothing a power failure must not undo
  bool fatal_ = false;            // the file cannot be used any more
  bool held_up_ = false;          // another process holds it
  bool too_much_ = false;         // parts of it may succeed
  std::optional<Error> unheard_;  // a loss that was found when nobody was there to hear of it
  driver::Deadline sweep_at_ = {};
  bool look_again_ = false;  // its own transaction made something available
  std::uint64_t interest_ = 0;
  std::uint32_t looked_at_ = 0;
  std::int64_t version_ = 0;
  driver::Deadline recheck_ = {};

  std::atomic<std::uint64_t> naps_ = 0;
  std::atomic<int> log_pages_ = 0;
  std::thread thread_;
};

}  // namespace ductape::inline v0::local
