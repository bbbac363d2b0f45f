// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/hidden_input.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace ductape::cli {
namespace {

class NoEcho {
 public:
  NoEcho() {
    changed_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = changed_ && tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  [[nodiscard]] bool holds() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<Secret> read_hidden(const std::string& prompt) {
  const NoEcho silent;
  if (!silent.holds())
    return Error{.code = Errc::invalid_argument,
                 .message = "the terminal would show what is typed: " + std::generic_category().message(errno),
                 .hint = "give the value on standard input"};
  std::fputs(prompt.c_str(), stderr);
  std::string line;
  for (char c = 0;;) {
    const auto got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Error{.code = Errc::invalid_argument,
                   .message = "standard input: " + std::generic_category().message(errno)};
    if (got == 0 || c == '\n') return Secret(std::move(line));
    line.push_back(c);
  }
}

}  // namespace ductape::cli
