// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <ductape/client.hpp>
#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::testing {

/// What a provider author gives the suite: a way to make an environment that only this provider serves. Every case gets
/// a new one and everything the server has is left to the author's `tear_down`.
class Harness {
 public:
  virtual ~Harness() = default;
  [[nodiscard]] virtual const driver::Provider& provider() const = 0;
  /// JSON object for the broker's `config`.
  [[nodiscard]] virtual std::string config() const = 0;
  /// A client whose broker uses the provider; several clients of one harness share registry and server.
  virtual Client client(ClientOptions options) = 0;
  /// Lets `by` of the provider's time pass: sleeps on a real server, moves a virtual clock.
  virtual void pass(std::chrono::milliseconds by) = 0;
  /// Whether the harness can do each of these; a case that needs one which is absent is a declared gap.
  virtual bool restart_server() { return false; }
  virtual bool cut_connections() { return false; }
  /// True if another process can use the same server (crash points, kill -9).
  [[nodiscard]] virtual bool shared_by_processes() const { return true; }
};

/// How to make one. Called once a case.
using MakeHarness = std::function<std::unique_ptr<Harness>()>;

/// Runs the suite for one provider: `int main(int argc, char** argv)` of a provider's conformance program is one line.
/// Prints a line a case and at the end `local: 61 run, 3 declared gaps`; returns 0 if every case passed, as many ran as
/// `expected.csv` (argument `--expected FILE`) asks for and the declared capabilities equal its row. `--filter TEXT`
/// runs the cases whose name contains it; `--list` names them.
int run_conformance(int argc, char** argv, const MakeHarness& make);

}  // namespace ductape::inline v0::testing
