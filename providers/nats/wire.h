// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::nats {

/// The library has a thread that frees messages, and wakes it for each: so some go together, each thread its own.
struct MessageDeleter {
  void operator()(natsMsg* message) const;
};
/// A message of the client library, which has a copy of the bytes it is made of.
using MessagePtr = std::unique_ptr<natsMsg, MessageDeleter>;

std::string_view body_of(const natsMsg& message);
/// The views live as long as the message.
std::vector<driver::Header> headers_of(natsMsg& message);
/// The two ways to them. Empty if the first is not to be had; the second is in the order of the names.
std::string_view header_lines_of(const natsMsg& message);
std::vector<driver::Header> headers_by_the_library(natsMsg& message);

/// The `Status` of a message that the server made itself, as 408; 0 if it is another's.
int status_of(natsMsg& message);
/// The words beside it, in lower case.
std::string description_of(natsMsg& message);

}  // namespace ductape::inline v0::nats
