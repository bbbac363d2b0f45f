// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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
  // A connection of a gate's that the child had too would not end when the gate closes it.
  posix_spawn_file_actions_addclosefrom_np(&actions, answers_fd + 1);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : -1;
}

}  // namespace

Said::Said() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  read_end_ = ends[0];
  fcntl(read_end_, F_SETFL, O_NONBLOCK);
  // The copy under the number the child knows must not be the same descriptor, or it would be closed on exec.
  write_end_ = fcntl(ends[1], F_DUPFD_CLOEXEC, answers_fd + 1);
  close(ends[1]);
}

Said::~Said() {
  close(read_end_);
  close(write_end_);
}

const std::vector<std::string>& Said::lines() {
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = read(read_end_, buffer.data(), buffer.size())) > 0;)
    rest_.append(buffer.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines_.push_back(rest_.substr(begin, end - begin));
  rest_.erase(0, begin);
  return lines_;
}

bool Said::has(std::string_view line) {
  const auto& all = lines();
  return std::find(all.begin(), all.end(), line) != all.end();
}

std::vector<std::string> Said::after(std::string_view beginning) {
  std::vector<std::string> found;
  for (const auto& line : lines())
    if (line.starts_with(beginning)) found.push_back(line.substr(beginning.size()));
  return found;
}

Child::Child(Stage& stage, std::string_view role, const std::string& event, Said& said, const std::string& fault,
             Where where)
    : stage_(stage),
      what_("the child in role " + std::string(role) + (fault.empty() ? "" : " with DUCTAPE_FAULT=" + fault)),
      said_(said),
      pid_(start({"conformance", "--child", std::string(role), stage.harness().address(), stage.product(), event},
                 fault, said.write_end_)) {
  check(pid_ > 0, what_ + " cannot be started", where);
}

Child::~Child() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
}

void Child::send(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

bool Child::ended() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

ChildEnd Child::wait(milliseconds limit, Where where) {
  stage_.wait_until(
      "the end of " + what_,
      [this] {
        said_.lines();  // or it would wait for room in the pipe
        return ended();
      },
      [this] { return "it still runs; it said " + to_text(said_.lines()); }, limit, where);
  ChildEnd end{.killed = WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL};
  if (WIFEXITED(status_)) end.exit_code = WEXITSTATUS(status_);
  return end;
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(answers_fd, text.data(), text.size()) < 0) std::perror("conformance child");
}

int child_main(int argc, char** argv, const MakeHarness& make) {
  if (argc != 6) return 64;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing outlives the suite, frozen ones neither
  const std::string_view name = argv[2];
  for (const auto& role : all_roles()) {
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
