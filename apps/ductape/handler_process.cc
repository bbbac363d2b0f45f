// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/handler_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ductape::cli {
namespace {

Error not_started(int reason) {
  const std::string why = std::generic_category().message(reason);
  const bool limit = reason == EMFILE || reason == ENFILE || reason == EAGAIN || reason == ENOMEM || reason == ENOSPC;
  return {.code = reason == E2BIG ? Errc::message_too_large
                  : limit         ? Errc::queue_full
                                  : Errc::internal,
          .message = "cannot start the handler: " + why,
          .hint = limit ? "lower --concurrency, or raise the limits of this process (ulimit -n, -u)" : "",
          .native = why};
}

// A file without a name: whoever reads it finds all of it, however its writer ends.
Result<Descriptor> filled(std::string_view text) {
  Descriptor file(memfd_create("message", MFD_CLOEXEC));
  if (file.number() < 0) return not_started(errno);
  while (!text.empty()) {
    const auto written = write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return not_started(errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  lseek(file.number(), 0, SEEK_SET);
  return file;
}

/// What posix_spawn is told; its functions fail only where memory ends.
class Plan {
 public:
  Plan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    // We block the signals that stop us and ignore SIGPIPE; a handler expects neither.
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &set);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Result<HandlerProcess> HandlerProcess::start(const std::string& command, std::string_view input,
                                             const std::vector<std::string>& environment) {
  auto body = filled(input);
  if (!body) return std::move(body).error();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return not_started(errno);
  Descriptor reading(ends[0]), writing(ends[1]);
  fcntl(reading.number(), F_SETFL, O_NONBLOCK);

  Plan plan;
  posix_spawn_file_actions_adddup2(&plan.actions, body->number(), 0);
  posix_spawn_file_actions_adddup2(&plan.actions, writing.number(), 2);
  const std::vector<std::string> words{"sh", "-c", command};
  const auto arguments = pointers(words);
  pid_t pid = 0;
  if (const int failure =
          posix_spawn(&pid, "/bin/sh", &plan.actions, &plan.attributes, arguments.data(), pointers(environment).data());
      failure != 0)
    return not_started(failure);
  // The header of glibc 2.36 declares pidfd_open as a C++ function.
  HandlerProcess process(pid, Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))), std::move(reading));
  if (process.end() < 0) return not_started(errno);
  return process;
}

HandlerProcess::~HandlerProcess() {
  if (pid_ == 0) return;
  signal(SIGKILL);
  reap();
}

void HandlerProcess::signal(int number) const noexcept {
  if (pid_ > 0) kill(-pid_, number);
}

ProcessEnd HandlerProcess::reap() noexcept {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.status = WEXITSTATUS(status)};
}

}  // namespace ductape::cli
