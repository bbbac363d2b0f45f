// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include <ductape/delivery.hpp>
#include <ductape/driver/consumer.hpp>

#include "src/pipeline/envelope.h"
#include "src/policy/key_lanes.h"

namespace ductape::inline v0::pipeline {

class Source;

/// A delivery that a subscription holds, from its arrival until the provider has its outcome. Reused.
struct Held : policy::LaneEntry {
  enum class State : std::uint8_t {
    free,
    in_lane,   // waits for those before it in its key's lane
    ready,     // waits for a worker
    running,   // a handler has it, or somebody who will settle it later
    parked,    // waits here for its next attempt
    settling,  // the outcome is on its way to the provider
    lost,      // a handler has it, but the provider will not honour its outcome
  };
  driver::Delivered delivered;
  Source* source = nullptr;
  State state = State::free;
  std::uint32_t generation = 0;  // of this use of the object
  std::string_view id;           // the message's own, whatever it is called on its way back
  std::string event_id;          // where that stands in the body
  std::uint32_t failures = 0;    // failed attempts
  // Of a suspect that was moved alone, where the provider counts clean give-backs too: hand-outs before that which
  // ended with the process.
  std::optional<std::uint32_t> hand_outs_before;
  bool in_order = false;  // has a place in its key's lane
  bool handled = false;   // the ack that is under way is a handler's
  driver::WallTime first_failure;
  std::uint64_t reservation = 0;  // of the attempt that runs, see Attempt
  driver::Runtime::Timer timer = 0;
  driver::Deadline timeout = driver::Deadline::max();  // of the handler that runs
  std::stop_source stop{std::nostopstate};             // its own, if it has a timeout
  std::unique_ptr<Envelope> moved;                     // published with the ack: to the dead letters, or to come back
  driver::Settle outcome;                              // while settling
  SettleCompletion completion;
};

}  // namespace ductape::inline v0::pipeline
