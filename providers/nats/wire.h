// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>
#include <string_view>

#include "providers/nats/envelope.h"

namespace ductape::inline v0::nats {

struct MessageDeleter {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
/// A message of the client library, which has a copy of the bytes it is made of.
using MessagePtr = std::unique_ptr<natsMsg, MessageDeleter>;

/// `reply` may be empty. Null if there is no memory.
MessagePtr make_message(const std::string& subject, const std::string& reply, std::string_view body,
                        const WireHeaders& headers = {});

std::string_view body_of(const natsMsg& message);
WireHeaders headers_of(natsMsg& message);

/// The `Status` of a message that the server made itself, as 408; 0 if it is another's.
int status_of(natsMsg& message);
/// The words beside it, in lower case.
std::string description_of(natsMsg& message);

}  // namespace ductape::inline v0::nats
