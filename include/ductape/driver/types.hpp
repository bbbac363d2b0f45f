// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include <ductape/message.hpp>
#include <ductape/result.hpp>

/// The seam: what a provider author implements. A driver translates; retry, order, back-pressure, dead letters and
/// shutdown are done once, above, in the pipeline. Rules that hold for every interface here:
///  - calls never block and come from any thread, from inside a sink call too;
///  - sink calls come from any thread, but one at a time per session, and never from inside a call made on the session;
///  - a driver holds no lock of its own while it calls a sink;
///  - after `ended()` nothing more comes; `stop(deadline)` leads to it at the deadline at the latest, whatever the
///  server
///    does; of several deadlines the earliest holds;
///  - a session is destroyed after `ended()` and not from inside a sink call; its destructor waits until the last sink
///    call has returned, then the sink may go too. A connection outlives its sessions;
///  - every `Done` is called exactly once, with `cancelled` if its connection goes first.
/// A **session** is one connection's life. Tags belong to one session, so that an ack for an older connection cannot be
/// expressed.
namespace ductape::inline v0::driver {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::system_clock::time_point;
using Bytes = std::span<const std::byte>;
using Tag = std::uint64_t;  ///< names a record or a delivery inside one session; never reused, never valid in another

template <class T>
using Done = std::function<void(Result<T>)>;

using Header = HeaderView;

}  // namespace ductape::inline v0::driver
