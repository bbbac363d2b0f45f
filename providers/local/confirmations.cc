// SPDX-License-Identifier: Apache-2.0
#include "providers/local/confirmations.h"

#include <iterator>

namespace ductape::inline v0::local {
namespace {

void append(Confirmations::Batch& to, Confirmations::Batch&& batch) {
  std::move(batch.begin(), batch.end(), std::back_inserter(to));
}

}  // namespace

Confirmations::~Confirmations() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Confirmations::add(std::uint64_t commit, Batch batch) {
  const std::lock_guard lock(mutex_);
  if (failure_.code != SQLITE_OK) return append(failure_.batch, std::move(batch));
  append(queue_, std::move(batch));
  commit_ = std::max(commit_, commit);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  if (!busy_) changed_.notify_all();
}

bool Confirmations::idle() {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && !busy_;
}

void Confirmations::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queue_.empty() && !busy_; });
}

Confirmations::Failure Confirmations::take_failure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, {});
}

void Confirmations::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !queue_.empty() || stopping_; });
    if (queue_.empty()) return;
    auto batch = std::exchange(queue_, {});
    const auto commit = std::exchange(commit_, 0);
    busy_ = true;
    lock.unlock();
    const int code = commit != 0 ? sync_.wait(commit) : SQLITE_OK;
    if (code == SQLITE_OK)
      for (auto& operation : batch) operation->report(nullptr);
    if (code == SQLITE_OK) batch.clear();
    lock.lock();
    busy_ = false;
    if (code != SQLITE_OK) {
      failure_.code = code;
      append(batch, std::exchange(queue_, {}));
      append(failure_.batch, std::move(batch));
      lock.unlock();
      failed_();
      lock.lock();
    }
    if (queue_.empty()) changed_.notify_all();
  }
}

}  // namespace ductape::inline v0::local
