// SPDX-License-Identifier: Apache-2.0
// The engine's work on the file: opening it, transactions, syncs.
#include <algorithm>

#include <ductape/driver/fault.hpp>

#include "providers/local/errors.h"
#include "providers/local/files.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;

// How long a transaction waits for its turn before callers are told; a turn takes milliseconds.
constexpr auto patience = 5s;
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
  std::unique_ptr<SharedSync> sync;
  {
    const Turn turn(*turnstile);
    auto opened = Database::open(stem_ + ".db");
    if (!opened) return opened.error();
    database = std::move(*opened);
    sync = std::make_unique<SharedSync>(*database, wake->syncs());
  }
  files_ =
      std::make_unique<Files>(std::move(*wake), std::move(*turnstile), std::move(database), std::move(sync), *this);
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
  const bool sweep = cycle.now >= sweep_at_;
  if (sweep)
    for (const auto id : cycle.tables.groups.abandoned(cycle.wall - keep_abandoned))
      remove_group(cycle.tables, {.id = id});
  for (const auto& operation : batch)
    if (operation->uses_file()) operation->apply(cycle);
  if (with_participants)
    for (const auto& participant : participants_) participant->work(cycle);
  if (!database.failed()) crash_point(batch, participants_, ".before_commit");
  if (!database.failed() && database.commit()) {
    if (sweep) sweep_at_ = cycle.now + between_sweeps;  // not before: else a transaction that fails skips it
    return {};
  }
  fatal_ = is_fatal(database.connected().failure());
  too_much_ = is_too_much(database.connected().failure());
  auto error = database.error();
  database.rollback();
  for (const auto& operation : batch)
    if (operation->uses_file()) operation->undo();
  return error;
}

Result<void> Engine::transact(std::span<const std::unique_ptr<Operation>> batch, bool with_participants, bool heard) {
  fatal_ = held_up_ = too_much_ = false;
  if (heard && unheard_) {
    fatal_ = true;
    return *std::exchange(unheard_, {});
  }
  if (!files_)
    if (auto opened = open_files(); !opened) return opened;
  if (auto entered = enter(); !entered) return entered;
  auto writing = cycle(runtime_.now());
  {
    const Turn turn(files_->turnstile);
    if (auto done = commit(batch, with_participants, writing); !done) return done;
    const bool durable = std::ranges::any_of(batch, [](const auto& o) { return o->uses_file() && o->durable(); });
    commit_ = durable ? files_->sync->committed() : 0;
    writing.tables.database.lengthen_log();
  }
  crash_point(batch, participants_, ".after_commit");
  for (const auto& operation : batch)
    if (operation->uses_file()) operation->committed();
  if (writing.touched != 0) {
    files_->wake.notify(writing.touched);
    look_again_ = true;
  }
  return {};
}

bool Engine::may_go_on(const Batch& batch) {
  if (!files_ || !files_->tables.database.log_known()) return false;
  if (std::ranges::any_of(batch, [](const auto& operation) { return operation->engine_reports(); })) return false;
  if (std::ranges::any_of(participants_, [](const auto& participant) { return participant->leaves(); })) return false;
  if (!files_->confirmations.idle()) return true;
  const std::lock_guard lock(mutex_);
  return commit_ != 0 && !queue_.empty();  // nothing else to do meanwhile: this thread waits itself
}

Result<void> Engine::sync() {
  if (!files_) return {};
  files_->confirmations.drain();
  if (commit_ == 0) return {};
  auto& database = files_->tables.database;
  const int code = database.log_known() ? files_->sync->wait(commit_) : database.find_log();
  if (code == SQLITE_OK) return {};
  return not_synced(code);
}

Error Engine::not_synced(int code) {
  auto unknown = from_sqlite(code, stem_ + ".db");
  unknown.code = Errc::outcome_unknown;
  unknown.documented = nullptr;
  fatal_ = true;
  // The disk refused, the page cache may still have it: into the file with it, the last attempt to keep it.
  files_->tables.database.checkpoint();
  return unknown;
}

std::optional<Error> Engine::report_unsynced() {
  if (!files_) return std::nullopt;
  const auto failure = files_->confirmations.take_failure();
  if (failure.code == SQLITE_OK) return std::nullopt;
  auto why = not_synced(failure.code);
  for (const auto& operation : failure.batch) operation->report(operation->uses_file() ? &why : nullptr);
  return why;
}

// The sooner the callers hear of it, the less they send that must fail as well.
void Engine::turn_away_queued() {
  Batch rest;
  for (auto queued = take(); !queued.empty(); queued = take())
    for (auto& operation : queued)
      if (!operation->turn_away()) rest.push_back(std::move(operation));
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.begin(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
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
  commit_ = 0;
  const bool heard = !participants_.empty() || std::ranges::any_of(batch, [](const auto& operation) {
    return operation->uses_file() && operation->is_heard();
  });
  auto done = wanted ? transact(batch, true, heard) : Result<void>();
  if (done && may_go_on(batch)) {
    know_files();
    files_->confirmations.add(commit_, std::move(batch));
    report_participants();
  } else {
    if (auto synced = sync(); done && !synced) done = synced;
    if (!done && too_much_ && batch.size() > 1) {
      // One that cannot be stored (the disk has room for the others) must not take them with it.
      for (auto& operation : batch) {
        auto alone = transact(std::span(&operation, 1), false, true);
        if (alone) alone = sync();
        operation->report(alone ? nullptr : &alone.error());
      }
      batch.clear();
      commit_ = 0;
      done = transact(batch, true, true);
    }
    report(batch, done ? nullptr : &done.error());
    if (!done) turn_away_queued();
  }
  if (!done && fatal_) {
    if (!heard && done.error().code == Errc::data_loss) unheard_ = done.error();
    close_files(done.error());
  } else if (files_) {
    log_pages_ = files_->tables.database.log_pages();
    files_->checkpoints.keep_short(log_pages_);
  }
}

void Engine::know_files() {
  const std::lock_guard lock(mutex_);
  wake_ = files_ ? &files_->wake : nullptr;
  if (stopping_) held_up_ = false;
}

void Engine::report(Batch& batch, const Error* failed) {
  know_files();
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

void Engine::report_participants() {
  for (const auto& participant : participants_) participant->report(nullptr);
}

void Engine::close_files(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }
  if (files_) files_->confirmations.drain();
  report_unsynced();
  files_.reset();
  interest_ = 0;
  for (const auto& participant : participants_) participant->fail(why);
}

}  // namespace ductape::inline v0::local
