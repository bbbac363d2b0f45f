// SPDX-License-Identifier: Apache-2.0
#include "providers/local/engine.h"

#include <algorithm>

#include "providers/local/files.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;
// One transaction: large enough to share a sync among many, small enough that other processes' turn comes soon.
constexpr std::size_t batch_operations = 4096, batch_bytes = 4 << 20;
// Wake-ups are hints; this is how long one can be missed.
constexpr auto recheck = 1s;
}  // namespace

Engine::Engine(std::string stem, driver::Runtime& runtime) : stem_(std::move(stem)), runtime_(runtime) {}
Engine::~Engine() = default;

std::shared_ptr<Engine> Engine::start(std::string stem, driver::Runtime& runtime) {
  std::shared_ptr<Engine> engine(new Engine(std::move(stem), runtime));
  engine->thread_ = std::thread([engine] { engine->run(); });
  return engine;
}

void Engine::post(std::unique_ptr<Operation> operation) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(operation));
  if (queue_.size() == 1) poke();  // else somebody did since the queue was last emptied
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    poke();
  }
  if (!thread_.joinable()) return;
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

void Engine::poke() {
  word_.fetch_add(1);
  if (wake_)
    wake_->poke();
  else
    futex_wake(word_, 1);
}

std::uint32_t Engine::word() const { return wake_ ? wake_->word() : word_.load(); }

Engine::Batch Engine::take() {
  Batch batch;
  std::size_t count = 0, bytes = 0;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    count += queue_.front()->count();
    bytes += queue_.front()->bytes();
    if (!batch.empty() && (count > batch_operations || bytes > batch_bytes)) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Engine::run() {
  while (true) {
    const auto seen = word();  // before anything is looked at: what comes later ends the sleep
    if (const auto unsynced = report_unsynced()) close_files(*unsynced);
    auto batch = take();
    if (batch.empty()) {
      const std::lock_guard lock(mutex_);
      if (queue_.empty() && stopping_) break;
    }
    const auto now = runtime_.now();
    if (!someone_is_due(now, seen) && batch.empty()) {
      sleep(now, seen);
      continue;
    }
    work(std::move(batch));
    std::erase_if(participants_, [](const auto& participant) { return participant->ended(); });
  }
  participants_.clear();
  if (files_) files_->confirmations.drain();
  report_unsynced();
  {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }
  files_.reset();
}

bool Engine::someone_is_due(driver::Deadline now, std::uint32_t seen) {
  const auto any_due = [&] {
    return std::ranges::any_of(participants_, [&](const auto& participant) { return participant->next() <= now; });
  };
  if (any_due()) return true;
  if (!files_ || participants_.empty()) return false;

  bool changed = std::exchange(looked_at_, seen) != seen || std::exchange(look_again_, false);
  std::uint64_t interest = 0;
  for (const auto& participant : participants_) interest |= participant->interest();
  if (std::exchange(interest_, interest) != interest) {
    // Looked at after this is known to the others: what they commit from now on changes the word.
    files_->wake.interest(interest);
    changed = true;
  }
  auto& database = files_->tables.database;
  if (now >= recheck_) {
    recheck_ = now + recheck;
    const auto version = database.version();
    changed |= std::exchange(version_, version) != version;
    for (const auto& participant : participants_) participant->idle(now);
  }
  if (changed) {
    auto reading = cycle(now);
    reading.tables.log.begin();
    for (const auto& participant : participants_)
      if (participant->interest() != 0) participant->look(reading);
  }
  if (database.failed()) {
    close_files(database.error());
    return false;
  }
  return any_due();
}

void Engine::sleep(driver::Deadline now, std::uint32_t seen) {
  auto until = participants_.empty() ? now + 1h : recheck_;
  for (const auto& participant : participants_) until = std::min(until, participant->next());
  if (until <= now) return;
  naps_.fetch_add(1);
  if (files_)
    files_->wake.wait(seen, until - now);
  else
    futex_wait(word_, seen, until - now);
}

}  // namespace ductape::inline v0::local
