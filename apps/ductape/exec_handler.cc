// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/exec_handler.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <ductape/units.hpp>

namespace ductape::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

int patience(Clock::time_point until) {
  if (until == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
}

// False once there will be no more.
bool listen(int errors, LastWords& words) {
  std::array<char, 16384> buffer;
  for (;;) {
    const auto got = read(errors, buffer.data(), buffer.size());
    if (got > 0)
      words.feed({buffer.data(), static_cast<std::size_t>(got)});
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      return false;
    else if (errno == EAGAIN)
      return true;
  }
}

}  // namespace

void ExecHandler::stop() noexcept {
  stop_ = true;
  stopping_.ring();
}

Outcome ExecHandler::run(const Context& context) {
  if (stop_) return {.kind = Outcome::keep};
  const auto begin = Clock::now();
  auto process = HandlerProcess::start(command_, context.message().text(), handler_environment(context, environ));
  if (!process) {
    // Only a message can be too long for a process's environment; all else would fail the next one too.
    const auto& error = process.error();
    if (error.code == Errc::message_too_large) return {.kind = Outcome::retry, .error = error.message};
    return {.kind = Outcome::keep, .failure = error};
  }
  LastWords words([this](std::string_view line) { console_.note(line); });
  const auto ours = timeout_ ? begin + *timeout_ : Clock::time_point::max();
  const Cut cut = wait(*process, words, std::min(ours, context.deadline()));
  // The group's number is ours until the process is reaped: nobody of a handler that was cut short may go on.
  if (cut != Cut::none) process->signal(SIGKILL);
  const auto end = process->reap();
  (void)listen(process->errors(), words);
  words.finish();
  switch (cut) {
    case Cut::none:
      break;
    case Cut::stop:
      ++stopped_;
      return {.kind = Outcome::keep};
    case Cut::timeout:
      const auto ran = std::chrono::floor<milliseconds>(std::min(ours, context.deadline()) - begin);
      return {.kind = Outcome::retry,
              .error = "the handler ran longer than " + format_duration(ran) + " and was ended" +
                       (words.last().empty() ? "" : ": " + words.last())};
  }
  return outcome_of(end, words.last());
}

// Until the process has ended; if it was cut short, until all of its group have, or the grace is over.
ExecHandler::Cut ExecHandler::wait(HandlerProcess& process, LastWords& words, Clock::time_point deadline) {
  auto cut = Cut::none;
  bool ended = false, open = true;
  const auto end_it = [&](Cut why) {
    cut = why;
    process.signal(SIGTERM);
    deadline = Clock::now() + grace;
  };
  for (;;) {
    std::array<pollfd, 3> sources{
        {{.fd = ended ? -1 : process.end(), .events = POLLIN, .revents = 0},
         {.fd = open ? process.errors() : -1, .events = POLLIN, .revents = 0},
         {.fd = cut == Cut::none ? stopping_.descriptor() : -1, .events = POLLIN, .revents = 0}}};
    poll(sources.data(), sources.size(), patience(deadline));
    if (sources[1].revents != 0) open = listen(process.errors(), words);
    if (sources[0].revents != 0) ended = true;
    if (ended && (cut == Cut::none || !open)) return cut;
    if (sources[2].revents != 0) end_it(Cut::stop);
    if (Clock::now() < deadline) continue;
    if (cut != Cut::none) return cut;  // the grace is over
    end_it(Cut::timeout);
  }
}

}  // namespace ductape::cli
