// SPDX-License-Identifier: Apache-2.0
#include "tests/support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace ductape::inline v0::support {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds patience(40'000), step(2);

struct Command {
  const char* directory;
  const char* log;
  char* const* arguments;
};

// In the child, where only what a signal handler may do is safe: other threads may have held any lock.
[[noreturn]] void become(const Command& command, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int log = open(command.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (log < 0 || chdir(command.directory) != 0) _exit(127);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  close_range(3, ~0u, 0);
  execvp(command.arguments[0], command.arguments);
  _exit(127);
}

// PR_SET_PDEATHSIG means the thread that forked. One that lives as long as the program is that thread for all servers,
// so that a server can be started by a thread that ends.
class Forker {
 public:
  static pid_t fork(const Command& command) {
    static auto* const forker = new Forker;  // never destroyed: its thread ends with the program
    std::packaged_task<pid_t()> task([&command] {
      const pid_t parent = getpid();
      const pid_t child = ::fork();
      if (child == 0) become(command, parent);
      return child;
    });
    auto forked = task.get_future();
    {
      std::lock_guard lock(forker->mutex_);
      forker->tasks_.push_back(std::move(task));
    }
    forker->more_.notify_one();
    return forked.get();
  }

 private:
  Forker() {
    std::thread([this] {
      for (std::unique_lock lock(mutex_);;) {
        more_.wait(lock, [this] { return !tasks_.empty(); });
        auto task = std::move(tasks_.front());
        tasks_.erase(tasks_.begin());
        task();
      }
    }).detach();
  }
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::packaged_task<pid_t()>> tasks_;
};

}  // namespace

ServerProcess::~ServerProcess() {
  if (running()) kill();
}

void ServerProcess::set_command(std::vector<std::string> arguments, Probe ready) {
  arguments_ = std::move(arguments);
  ready_ = std::move(ready);
}

void ServerProcess::start() {
  if (running()) fail("runs already");
  std::vector<char*> arguments;
  for (auto& argument : arguments_) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const auto log_file = log();
  process_ = Forker::fork({directory().c_str(), log_file.c_str(), arguments.data()});
  if (process_ < 0) fail("cannot be forked");
  for (const auto end = Clock::now() + patience; !ready_(); std::this_thread::sleep_for(step)) {
    if (!running()) fail("ended while it started; is `" + arguments_.front() + "` installed?");
    if (Clock::now() > end) fail("is not ready after " + std::to_string(patience.count()) + " ms");
  }
  if (!running()) fail("ended while it started, and something else answers on its port");
}

void ServerProcess::stop() {
  if (!running()) return;
  ::kill(process_, SIGTERM);
  ::kill(process_, SIGCONT);
  if (wait_for_end(patience)) return;
  kill();
  fail("did not stop within " + std::to_string(patience.count()) + " ms");
}

void ServerProcess::kill() {
  if (!running()) return;
  ::kill(-process_, SIGKILL);
  if (!wait_for_end(patience)) fail("cannot be killed");
}

void ServerProcess::freeze() {
  if (!running()) fail("does not run and cannot be frozen");
  ::kill(-process_, SIGSTOP);
  int status = 0;
  if (waitpid(process_, &status, WUNTRACED) != process_ || !WIFSTOPPED(status)) {
    process_ = -1;
    fail("ended instead of standing still");
  }
}

void ServerProcess::thaw() {
  if (running()) ::kill(-process_, SIGCONT);
}

bool ServerProcess::running() { return process_ > 0 && !wait_for_end({}); }

bool ServerProcess::wait_for_end(std::chrono::milliseconds limit) {
  for (const auto end = Clock::now() + limit;; std::this_thread::sleep_for(step)) {
    if (waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = -1;
      return true;
    }
    if (Clock::now() >= end) return false;
  }
}

std::string ServerProcess::log_tail() const {
  constexpr std::size_t most = 2000;
  std::ostringstream text;
  text << std::ifstream(log()).rdbuf();
  const auto all = text.str();
  return all.size() > most ? "..." + all.substr(all.size() - most) : all;
}

void ServerProcess::fail(const std::string& what) const {
  throw std::runtime_error(name_ + " " + what + "; its log:\n" + log_tail());
}

}  // namespace ductape::inline v0::support
