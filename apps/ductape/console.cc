// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "apps/ductape/error_text.h"

namespace ductape::cli {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

bool is_dumb() {
  const char* kind = std::getenv("TERM");
  return !kind || std::string_view(kind) == "dumb";
}

constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

Console::Console(bool json)
    : json_(json), terminal_(isatty(2) == 1 && !is_dumb()), colours_(terminal_ && !is_set("NO_COLOR")) {}

std::size_t Console::width() const noexcept {
  winsize size{};
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

ExitCode Console::print(std::string_view lines) {
  if (auto written = output_.write(lines); !written) return fail(written.error());
  return done;
}

ExitCode Console::fail(const Error& error) {
  if (json_) {
    std::string text = "{\"error\":";
    append_error_json(text, error);
    note(text + "}");
  } else {
    auto text = error_text(error, colours_);
    text.pop_back();
    note(text);
  }
  return exit_code(error);
}

// What cannot be written to standard error can be told to nobody.
void Console::note(std::string_view line) {
  std::lock_guard lock(mutex_);
  std::string text;
  if (!status_.empty()) text += erase_line;
  text.append(line);
  text += '\n';
  text += status_;
  (void)errors_.write(text);
}

void Console::status(std::string_view line) {
  if (!terminal_) return;
  std::lock_guard lock(mutex_);
  if (line == status_) return;
  status_ = line;
  (void)errors_.write(std::string(erase_line) + status_);
}

}  // namespace ductape::cli
