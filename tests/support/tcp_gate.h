// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace ductape::inline v0::support {

/// A port of 127.0.0.1 whose connections go on to another one, and what networks do to them. Each call has had its
/// effect when it returns. Thread-safe; works on a thread of its own.
class TcpGate {
 public:
  explicit TcpGate(std::uint16_t target);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// How many connections came since the beginning.
  [[nodiscard]] std::uint64_t accepted() const;

  /// Closes all connections; new ones may come at once.
  void cut();
  /// New connections are refused, as if nobody listened; those that are there stay.
  void refuse();
  void accept();
  /// Nothing passes from now on, on old connections and on new ones, which are accepted; nothing is lost.
  void stall();
  void resume();
  /// As when a firewall forgets the connections that are there: nothing that either side sends arrives any more, for
  /// ever, not even that it closes. New ones work.
  void half_open();
  /// What is read from now on passes on so much later, in both directions.
  void delay(std::chrono::milliseconds by);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ductape::inline v0::support
