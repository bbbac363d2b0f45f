// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

extern char** environ;

namespace ductape::inline v0::testing::conformance {
namespace {

// Its answers come on a descriptor of their own: standard output may carry anything.
constexpr int answers_fd = 3;

pid_t start(const std::vector<std::string>& arguments, const std::string& fault, int write_end) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string setting = "DUCTAPE_FAULT=" + fault;
  std::vector<char*> env;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::strncmp(*entry, "DUCTAPE_FAULT=", 14) != 0) env.push_back(*entry);
  if (!fault.empty()) env.push_back(const_cast<char*>(setting.c_str()));
  env.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, write_end, answers_fd);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : -1;
}

// True at the end of the stream, false if the time is over.
bool read_all(int fd, std::string& into, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) == 0) return false;
    std::array<char, 4096> buffer;
    const auto got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

}  // namespace

ChildEnd run_child(Stage& stage, std::string_view role, const std::string& event, const std::string& fault,
                   milliseconds limit, Where where) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "pipe2", where);
  // The copy under the number the child knows must not be the same descriptor, or it would be closed on exec.
  const int write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, answers_fd + 1);
  close(ends[1]);
  const auto pid =
      start({"conformance", "--child", std::string(role), stage.harness().address(), stage.product(), event}, fault,
            write_end);
  close(write_end);
  std::string said;
  const bool ended = pid > 0 && read_all(ends[0], said, limit);
  close(ends[0]);
  check(pid > 0, "a child process cannot be started", where);
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  ChildEnd end{.lines = lines_of(said)};
  if (!ended)
    fail("the child in role " + std::string(role) + " with DUCTAPE_FAULT=" + fault + " did not end within " +
             std::to_string(limit.count()) + " ms; it said " + to_text(end.lines),
         where);
  end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  return end;
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(answers_fd, text.data(), text.size()) < 0) std::perror("conformance child");
}

int child_main(int argc, char** argv, const MakeHarness& make) {
  if (argc != 6) return 64;
  const std::string_view name = argv[2];
  for (const auto& role : crash_roles()) {
    if (role.name != name) continue;
    const auto harness = make(argv[3]);
    Stage stage(*harness, argv[4]);
    try {
      return role.run(stage, argv[5]);
    } catch (const std::exception& failure) {
      say(std::string("failed: ") + failure.what());
      return 1;
    }
  }
  return 64;
}

}  // namespace ductape::inline v0::testing::conformance
