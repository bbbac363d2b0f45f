// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/stop_signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace ductape::cli {
namespace {

sigset_t stopping() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stopping();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

StopSignals::~StopSignals() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool StopSignals::came() {
  signalfd_siginfo info{};
  if (!came_ && read(descriptor_, &info, sizeof info) == sizeof info) {
    came_ = true;
    const sigset_t set = stopping();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
  return came_;
}

}  // namespace ductape::cli
