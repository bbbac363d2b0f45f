// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include <ductape/client.hpp>

#include "src/client/client_core.h"

namespace ductape::inline v0 {
namespace {

// A signal handler may do little more than write to a descriptor.
std::atomic<int> wake_descriptor = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void wake(int) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_descriptor.load(), &one, sizeof one);
}

class Signals {
 public:
  Signals() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
    wake_descriptor = descriptor_;
    struct sigaction action {};
    action.sa_handler = [](int) {
      signalled = true;
      wake(0);
    };
    sigaction(SIGINT, &action, &interrupt_);
    sigaction(SIGTERM, &action, &terminate_);
  }
  ~Signals() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
    wake_descriptor = -1;
    ::close(descriptor_);
  }
  void wait() {
    std::uint64_t count = 0;
    pollfd poll{descriptor_, POLLIN, 0};
    if (::poll(&poll, 1, -1) > 0) [[maybe_unused]]
      const auto got = ::read(descriptor_, &count, sizeof count);
  }
  static inline std::atomic<bool> signalled = false;

 private:
  int descriptor_;
  struct sigaction interrupt_ {
  }, terminate_{};
};

}  // namespace

int Client::run_until_signal(std::chrono::milliseconds close_deadline) {
  Signals::signalled = false;
  Signals signals;
  core_->watch([] { wake(0); });
  auto running = core_->running();
  while (!Signals::signalled && running.subscriptions > 0) {
    signals.wait();
    running = core_->running();
  }
  core_->watch({});
  const bool clean = close(close_deadline).ok();
  return clean && !core_->running().failed ? 0 : 1;
}

}  // namespace ductape::inline v0
