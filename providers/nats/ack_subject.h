// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::nats {

/// What JetStream says of a delivery in the subject that it is acknowledged to.
struct Position {
  std::uint32_t deliveries = 0;  ///< hand-outs, this one included
  std::uint64_t sequence = 0;    ///< in the stream
  driver::WallTime stored = {};
};

/// Of `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<of the consumer>.<time>.<pending>`, or of the form of newer
/// servers, which have a domain and an account before the stream. Nothing if it is neither.
std::optional<Position> read_ack_subject(std::string_view subject);

}  // namespace ductape::inline v0::nats
