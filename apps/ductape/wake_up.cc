// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/wake_up.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace ductape::cli {

WakeUp::WakeUp() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
WakeUp::~WakeUp() { close(descriptor_); }
void WakeUp::ring() noexcept { eventfd_write(descriptor_, 1); }
void WakeUp::clear() noexcept {
  eventfd_t count = 0;
  eventfd_read(descriptor_, &count);
}

}  // namespace ductape::cli
