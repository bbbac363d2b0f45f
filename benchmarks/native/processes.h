// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "benchmarks/native/workload.h"

namespace bench {

/// Several processes that do the same thing side by side: each prepares itself, then all begin together.
class Processes {
 public:
  Processes(std::size_t count, std::size_t messages)
      : count_(count), each_(messages / count), bytes_(sizeof(Shared) + each_ * count * sizeof(std::int64_t)) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("no shared memory");
    shared_ = static_cast<Shared*>(memory);
    latencies_ = reinterpret_cast<std::int64_t*>(shared_ + 1);
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes() { munmap(shared_, bytes_); }

  /// `prepare(process)` gives what is called for each message, with its number and where its latency belongs; if it has
  /// a `finish()`, that ends when the last message has its answer.
  template <class Prepare>
  void run(Prepare prepare) {
    std::vector<pid_t> children;
    for (std::size_t process = 0; process < count_; ++process) {
      const pid_t child = fork();
      if (child == 0) work(process, prepare);
      children.push_back(child);
    }
    await(shared_->ready);
    const auto begin = now_ns();
    shared_->go = 1;
    bool well = true;
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      well &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    if (!well) give_up("a process failed");
    std::vector<std::int64_t> all(latencies_, latencies_ + each_ * count_);
    report(all.size(), static_cast<double>(shared_->last_end.load() - begin) / 1e9, all);
  }

 private:
  struct Shared {
    std::atomic<std::uint64_t> ready, go, finished;
    std::atomic<std::int64_t> last_end;
  };

  template <class Prepare>
  [[noreturn]] void work(std::size_t process, Prepare& prepare) {
    {
      auto publish = prepare(process);
      ++shared_->ready;
      while (shared_->go == 0) usleep(500);
      for (std::size_t i = process * each_; i < (process + 1) * each_; ++i) publish(i, latencies_[i]);
      if constexpr (requires { publish.finish(); }) publish.finish();
      const auto end = now_ns();
      for (auto last = shared_->last_end.load(); last < end && !shared_->last_end.compare_exchange_weak(last, end);) {
      }
      // None closes its file while others still publish: closing is not what is measured.
      ++shared_->finished;
      await(shared_->finished);
    }
    std::exit(0);
  }
  void await(std::atomic<std::uint64_t>& counter) const {
    while (counter < count_) usleep(500);
  }

  const std::size_t count_, each_, bytes_;
  Shared* shared_;
  std::int64_t* latencies_;
};

}  // namespace bench
