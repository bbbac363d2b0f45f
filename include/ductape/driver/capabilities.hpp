// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::driver {

/// What an accepted message survives on a given server.
enum class Survives : std::uint8_t { nothing, process_crash, power_loss, replica_loss };

/// How several processes may share an ordered group.
enum class Ordering : std::uint8_t {
  none,       ///< they may not
  exclusive,  ///< one is active, the others stand by
  per_key,    ///< all work, each key in one of them at a time
};

/// How long a delivery belongs to whom it was handed to.
enum class Lease : std::uint8_t {
  none,       ///< while the session lives (Kafka)
  fixed,      ///< for a time that cannot be prolonged (RabbitMQ)
  renewable,  ///< until a time that `Consumer::extend` prolongs
};

/// What the technology can do; `Probe` says what one server gives. Every field is checked by a conformance case.
struct Capabilities {
  Ordering ordering = Ordering::none;
  Lease lease = Lease::none;
  Millis lease_max{0};        ///< longest lease; 0 = no limit
  Millis retry_delay_max{0};  ///< longest `Settle::delay` of a retry; 0 = the pipeline parks
  Millis publish_delay_max{0};
  bool keeps_without_group = false;  ///< a message published before any group exists is kept
  bool many_groups = false;
  bool exclusive = false;
  bool broadcast = false;
  bool replay = false;  ///< a new group may start in the past
  bool dedup = false;   ///< a second publish with the same id is one message
  bool text_only = false;
  bool counts_deliveries = false;    ///< `Delivered::deliveries` is set
  bool counts_clean_return = false;  ///< a give-back raises that count
  bool lag_known = false;
  bool moves = false;             ///< `Settle::moved`: ack and publish in one step
  bool heals_itself = false;      ///< reconnects inside one session
  std::uint32_t batch_max = 0;    ///< most records of one `submit` that travel together; 0 = no limit
  std::uint64_t message_max = 0;  ///< bytes of one message, headers included
  std::uint64_t headers_max = 0;  ///< number of headers of one message, user's and ours; 0 = no limit
};

/// What one server gives.
struct Probe {
  Survives survives = Survives::nothing;
  std::string server = {};   ///< name and version, e.g. "redis 7.0.15"
  std::string warning = {};  ///< what is wrong with it and the knob to turn; empty if nothing is
};

}  // namespace ductape::inline v0::driver
