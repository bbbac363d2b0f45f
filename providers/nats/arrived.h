// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "providers/nats/ack_subject.h"
#include "providers/nats/envelope.h"
#include "providers/nats/wire.h"

namespace ductape::inline v0::nats {

/// A message of a stream and what is read from it, for as long as anybody looks at it.
struct Arrived {
  MessagePtr message = {};
  std::string_view ack_subject = {};  ///< of `message`
  Position position = {};
  Envelope envelope = {};
  std::string sequence = {}, native_id = {};
};

}  // namespace ductape::inline v0::nats
