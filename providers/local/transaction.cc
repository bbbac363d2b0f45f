// SPDX-License-Identifier: Apache-2.0
// The engine's work on the file: opening it, transactions, the length of its log.
#include <algorithm>

#include <ductape/driver/fault.hpp>

#include "providers/local/errors.h"
#include "providers/local/files.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;

// How long a transaction waits for its turn before callers are told; a turn takes milliseconds.
constexpr auto patience = 5s;
constexpr int longest_log = 4096;  // pages: 16 MiB
// A broadcast group whose process was killed is kept for one that was only stopped or whose machine slept.
constexpr std::int64_t keep_abandoned = std::chrono::milliseconds(12h).count();
constexpr auto between_sweeps = 1h;

std::int64_t milliseconds(driver::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

void crash_point(std::span<const std::unique_ptr<Operation>> batch,
                 std::span<const std::shared_ptr<Participant>> participants, const char* when) {
  if constexpr (!driver::has_fault_points()) return;
  for (const auto& operation : batch) driver::fault_point(std::string("local.") + operation->name() + when);
  if (std::ranges::any_of(participants, [](const auto& participant) { return participant->claimed(); }))
    driver::fault_point(std::string("local.claim") + when);
}

}  // namespace

Cycle Engine::cycle(driver::Deadline now) const {
  return {.tables = files_->tables, .now = now, .wall = milliseconds(runtime_.wall())};
}

Result<void> Engine::open_files() {
  const auto directory = stem_.substr(0, stem_.rfind('/'));
  if (auto made = make_directory(directory); !made) return made;
  if (auto local = refuse_network(directory); !local) return local;
  auto wake = WakeFile::open(stem_ + ".wake");
  if (!wake) return wake.error();
  auto turnstile = Turnstile::open(stem_ + ".turnstile", wake->turns());
  if (!turnstile) return turnstile.error();
  if (!turnstile->enter(runtime_, runtime_.now() + patience)) return held_up(turnstile->holder());
  std::unique_ptr<Database> database;
  {
    const Turn turn(*turnstile);
    auto opened = Database::open(stem_ + ".db");
    if (!opened) return opened.error();
    database = std::move(*opened);
  }
  files_.reset(new Files{std::move(*wake), std::move(*turnstile), Tables(std::move(database))});
  return {};
}

Error Engine::held_up(std::uint32_t holder) {
  held_up_ = true;
  return failure(Errc::unavailable,
                 stem_ + ".db: process " + std::to_string(holder) + " has held it for more than " +
                     std::to_string(patience.count()) + " s, as if stopped in the middle of a commit",
                 "let that process go on (kill -CONT) or kill it");
}

Result<void> Engine::enter() {
  auto& turnstile = files_->turnstile;
  if (!turnstile.enter(runtime_, runtime_.now() + patience)) return held_up(turnstile.holder());
  if (files_->tables.database.in_place()) return {};
  turnstile.leave();
  fatal_ = true;
  return from_sqlite(SQLITE_READONLY_DBMOVED, stem_ + ".db");
}

Result<void> Engine::commit(std::span<const std::unique_ptr<Operation>> batch, bool with_participants, Cycle& cycle) {
  auto& database = cycle.tables.database;
  cycle.tables.log.begin();
  database.begin();
  if (cycle.now >= sweep_at_) {
    sweep_at_ = cycle.now + between_sweeps;
    for (const auto id : cycle.tables.groups.abandoned(cycle.wall - keep_abandoned))
      remove_group(cycle.tables, {.id = id});
  }
  for (const auto& operation : batch)
    if (operation->uses_file()) operation->apply(cycle);
  if (with_participants)
    for (const auto& participant : participants_) participant->work(cycle);
  if (!database.failed()) crash_point(batch, participants_, ".before_commit");
  if (!database.failed() && database.commit()) return {};
  fatal_ = is_fatal(database.connected().failure());
  too_much_ = is_too_much(database.connected().failure());
  auto error = database.error();
  database.rollback();
  for (const auto& operation : batch)
    if (operation->uses_file()) operation->undo();
  return error;
}

Result<void> Engine::transact(std::span<const std::unique_ptr<Operation>> batch, bool with_participants) {
  fatal_ = held_up_ = too_much_ = false;
  if (!files_)
    if (auto opened = open_files(); !opened) return opened;
  if (auto entered = enter(); !entered) return entered;
  auto writing = cycle(runtime_.now());
  Result<void> done;
  {
    const Turn turn(files_->turnstile);
    done = commit(batch, with_participants, writing);
    if (done) writing.tables.database.lengthen_log();
  }
  if (!done) return done;
  crash_point(batch, participants_, ".after_commit");
  if (writing.touched != 0) {
    files_->wake.notify(writing.touched);
    look_again_ = true;
  }
  if (std::ranges::none_of(batch, [](const auto& o) { return o->uses_file() && o->durable(); })) return {};
  auto& database = writing.tables.database;
  if (database.sync()) return {};
  auto unknown = database.error();
  unknown.code = Errc::outcome_unknown;
  unknown.documented = nullptr;
  fatal_ = true;
  // The disk refused, the page cache may still have it: into the file with it, the last attempt to keep it.
  database.checkpoint();
  return unknown;
}

void Engine::work(Batch batch) {
  if (!deferred_.empty()) {
    std::move(batch.begin(), batch.end(), std::back_inserter(deferred_));
    batch = std::exchange(deferred_, {});
  }
  for (const auto& operation : batch) operation->arrive();
  const auto now = runtime_.now();
  const bool wanted = std::ranges::any_of(batch, [](const auto& o) { return o->uses_file(); }) ||
                      std::ranges::any_of(participants_, [&](const auto& p) { return p->next() <= now; });
  auto done = wanted ? transact(batch, true) : Result<void>();
  if (!done && too_much_ && batch.size() > 1) {
    // One that cannot be stored (the disk has room for the others) must not take them with it.
    for (auto& operation : batch) {
      const auto alone = transact(std::span(&operation, 1), false);
      operation->report(alone ? nullptr : &alone.error());
    }
    batch.clear();
    done = transact(batch, true);
  }
  report(batch, done ? nullptr : &done.error());
  if (!done && fatal_)
    close_files(done.error());
  else if (files_)
    keep_log_short();
}

void Engine::report(Batch& batch, const Error* failed) {
  {
    const std::lock_guard lock(mutex_);
    wake_ = files_ ? &files_->wake : nullptr;
    if (stopping_) held_up_ = false;
  }
  // What a session is told about a transaction comes in the order of its calls; new participants join behind.
  const auto participants = participants_;
  for (auto& operation : batch) {
    const bool keeps = failed && held_up_ && operation->patient();
    if (keeps)
      deferred_.push_back(std::move(operation));
    else
      operation->report(operation->uses_file() ? failed : nullptr);
  }
  for (const auto& participant : participants) participant->report(failed);
}

void Engine::close_files(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }
  files_.reset();
  interest_ = 0;
  for (const auto& participant : participants_) participant->fail(why);
}

void Engine::keep_log_short() {
  auto& database = files_->tables.database;
  log_pages_ = database.log_pages();
  if (database.log_pages() <= std::max(longest_log, checkpoint_above_)) return;
  // First beside the others, who go on writing; then, in our turn, the little that came meanwhile: only when all of the
  // log is in the file does the next writer begin it anew.
  bool all = database.checkpoint();
  if (!all && files_->turnstile.enter(runtime_, runtime_.now() + patience)) {
    const Turn turn(files_->turnstile);
    all = database.checkpoint();
  }
  // Somebody reads an old state for long: not again at every commit.
  checkpoint_above_ = all ? 0 : database.log_pages() + longest_log;
}

}  // namespace ductape::inline v0::local
