// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <cstdio>
#include <thread>

#include "benchmarks/local/store.h"
#include "benchmarks/native/processes.h"

namespace bench {
namespace {

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

}  // namespace

/// Each process is a subscriber that has nothing to do for ten seconds; the answer is their processor time together.
void idle(const Workload& workload) {
  using namespace std::chrono_literals;
  make_store(workload);
  int fds[2];
  if (pipe(fds) != 0) give_up("no pipe");
  for (std::size_t i = 0; i < workload.processes; ++i) {
    if (fork() != 0) continue;
    {
      auto client = open_client(workload.directory);
      auto subscription =
          expect(client.subscribe({.event = event}, {.group = "bench"}, [](const ductape::Message&) {}));
      std::this_thread::sleep_for(2s);
      const auto before = cpu_ms();
      std::this_thread::sleep_for(10s);
      const auto used = cpu_ms() - before;
      if (write(fds[1], &used, sizeof used) != sizeof used) give_up("pipe");
      std::this_thread::sleep_for(1s);  // nobody leaves while another is still measured
    }
    std::exit(0);
  }
  double total = 0, used = 0;
  for (std::size_t i = 0; i < workload.processes; ++i)
    if (read(fds[0], &used, sizeof used) == sizeof used) total += used;
  while (wait(nullptr) > 0) {
  }
  std::printf("{\"subscribers\":%zu,\"seconds\":10,\"cpu_ms\":%.1f}\n", workload.processes, total);
}

}  // namespace bench
