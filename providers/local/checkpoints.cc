// SPDX-License-Identifier: Apache-2.0
#include "providers/local/checkpoints.h"

#include <optional>

#include "providers/local/database.h"
#include "providers/local/turnstile.h"

namespace ductape::inline v0::local {

/// A connection for checkpoints only: SQLite's are not to be used by two threads.
class Checkpoints::Mover {
 public:
  Mover(const std::string& stem, driver::Runtime& runtime, WakeFile::Turns& turns) : stem_(stem), runtime_(runtime) {
    if (auto turnstile = Turnstile::open(stem + ".turnstile", turns)) turnstile_.emplace(std::move(*turnstile));
  }

  /// Most of it beside the others, who go on writing; then, in our turn, the little that came meanwhile: only when all
  /// of the log is in the file does the next who writes begin it anew. False if somebody reads an old state.
  bool move_all() {
    if (!turnstile_ || (!database_ && !in_turn([&] { return open(); }))) return false;
    for (int pass = 0; pass < 2; ++pass) database_->checkpoint();
    return in_turn([&] { return database_->checkpoint(); });
  }

 private:
  template <class Step>
  bool in_turn(Step step) {
    using namespace std::chrono_literals;
    if (!turnstile_->enter(runtime_, runtime_.now() + 5s)) return false;
    const Turn turn(*turnstile_);
    return step();
  }
  bool open() {
    auto opened = Database::open(stem_ + ".db");
    if (opened) database_ = std::move(*opened);
    return opened.ok();
  }

  const std::string& stem_;
  driver::Runtime& runtime_;
  std::optional<Turnstile> turnstile_;
  std::unique_ptr<Database> database_;
};

Checkpoints::~Checkpoints() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpoints::keep_short(int log_pages) {
  if (log_pages <= long_log) return;
  std::unique_lock lock(mutex_);
  if (!wanted_ && log_pages > above_) {
    wanted_ = true;
    pages_ = log_pages;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_all();
  }
  if (log_pages > longest_log) changed_.wait(lock, [&] { return !wanted_; });
}

void Checkpoints::run() {
  std::optional<Mover> mover;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return wanted_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    if (!mover) mover.emplace(stem_, runtime_, turns_);
    const bool all = mover->move_all();
    lock.lock();
    // Somebody reads an old state: not again at every commit.
    above_ = all ? long_log : pages_ + long_log / 4;
    wanted_ = false;
    changed_.notify_all();
  }
}

}  // namespace ductape::inline v0::local
