// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/testing/server_faults.hpp>
#include <optional>

#include "tests/support/server_process.h"
#include "tests/support/tcp_gate.h"

namespace ductape::inline v0::support {

/// The faults of a real server whose clients come through a gate: the server's are those of its process, the
/// connections' those of the gate.
class GatedFaults final : public testing::ServerFaults {
 public:
  /// `survives`: what the server is set up for.
  GatedFaults(ServerProcess& process, std::uint16_t port, driver::Survives survives)
      : process_(process), own_(std::in_place, port), gate_(*own_), survives_(survives) {}
  /// A gate that was there first, since the server tells its clients where it is.
  GatedFaults(ServerProcess& process, TcpGate& gate, driver::Survives survives)
      : process_(process), gate_(gate), survives_(survives) {}

  /// Where clients connect to.
  [[nodiscard]] std::uint16_t port() const { return gate_.port(); }

  [[nodiscard]] driver::Survives survives() const override { return survives_; }
  void stop() override {
    gate_.refuse();
    process_.stop();
  }
  void kill() override {
    gate_.refuse();
    process_.kill();
  }
  void start() override {
    if (!process_.running()) process_.start();
    gate_.accept();
  }
  void freeze() override { process_.freeze(); }
  void thaw() override { process_.thaw(); }
  void cut() override { gate_.cut(); }
  void stall() override { gate_.stall(); }
  void resume() override { gate_.resume(); }
  void half_open() override { gate_.half_open(); }
  [[nodiscard]] std::uint64_t connections() const override { return gate_.accepted(); }

 private:
  ServerProcess& process_;
  std::optional<TcpGate> own_;
  TcpGate& gate_;
  const driver::Survives survives_;
};

}  // namespace ductape::inline v0::support
