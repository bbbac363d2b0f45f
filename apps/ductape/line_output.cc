// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/line_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ductape::cli {

Result<void> LineOutput::write(std::string_view lines) {
  std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  while (!lines.empty()) {
    const auto written = ::write(descriptor_, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor made it non-blocking.
      pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      const std::string why = std::generic_category().message(errno);
      failure_ = Error{.code = Errc::closed,
                       .message = errno == EPIPE ? name_ + " was closed by its reader" : name_ + ": " + why,
                       .native = why};
      return *failure_;
    }
  }
  return {};
}

std::optional<Error> LineOutput::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace ductape::cli
