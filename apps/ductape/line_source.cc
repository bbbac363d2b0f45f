// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/line_source.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace ductape::cli {
namespace {

constexpr std::size_t chunk_size = 256u << 10;

std::optional<std::uint64_t> rest_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto at = lseek(descriptor, 0, SEEK_CUR);
  return at < 0 || at > status.st_size ? 0 : static_cast<std::uint64_t>(status.st_size - at);
}

}  // namespace

LineSource::LineSource(int descriptor, StopSignals& signals, WakeUp& wake_up)
    : descriptor_(descriptor),
      signals_(signals),
      wake_up_(wake_up),
      buffer_(chunk_size, 0),
      bytes_total_(rest_of(descriptor)) {}

LineSource::Event LineSource::wait(int descriptor, std::chrono::nanoseconds patience) {
  std::array<pollfd, 3> sources{{{.fd = descriptor, .events = POLLIN, .revents = 0},
                                 {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
                                 {.fd = wake_up_.descriptor(), .events = POLLIN, .revents = 0}}};
  const auto count = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timespec span{.tv_sec = count.count(), .tv_nsec = (patience - count).count()};
  ppoll(sources.data(), sources.size(), patience.count() < 0 ? nullptr : &span, nullptr);
  if (signals_.came()) return Event::signal;
  if (sources[2].revents != 0) return wake_up_.clear(), Event::woken;
  return sources[0].revents != 0 ? Event::bytes : Event::patience;
}

LineSource::Event LineSource::pause(std::chrono::nanoseconds time) { return wait(-1, time); }

LineSource::Event LineSource::next(std::chrono::milliseconds patience) {
  const auto event = wait(descriptor_, patience);
  if (event != Event::bytes) return event;
  const auto got = ::read(descriptor_, buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Event::patience;
  if (got < 0)
    failure_ =
        Error{.code = Errc::invalid_argument, .message = "standard input: " + std::generic_category().message(errno)};
  if (got <= 0) return Event::end;
  chunk_ = std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
  bytes_read_ += chunk_.size();
  return Event::bytes;
}

}  // namespace ductape::cli
