// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "src/net/event_loop.h"

namespace ductape::inline v0::net {

/// A socket that a library made, reads and writes: only when it may do so is told, in turns of the loop.
class WatchedSocket {
 public:
  /// Works on a duplicate, so that the library may close its own at any time.
  WatchedSocket(EventLoop& loop, int socket);
  ~WatchedSocket();
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  /// Once, when there is something to read, be it the end. In turns only, as the next.
  void when_readable(std::function<void()> ready);
  /// Once, when there is room to write.
  void when_writable(std::function<void()> ready);
  /// Nobody is told anything any more, and the duplicate is closed. In turns only.
  void let_go();
  /// Ends the connection for whoever reads or writes it. Thread-safe.
  void shut_down() const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace ductape::inline v0::net
