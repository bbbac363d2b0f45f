// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <ductape/client.hpp>
#include <ductape/driver/provider.hpp>
#include <ductape/testing/server_faults.hpp>

namespace ductape::inline v0::testing {

/// What a provider author gives the suite: a way to make a registry and a server that only the provider serves. Every
/// case gets a new one, and a product of its own, so that a server may be shared by all cases. Calls come from one
/// thread at a time, `client` from any.
class Harness {
 public:
  virtual ~Harness() = default;
  [[nodiscard]] virtual const driver::Provider& provider() const = 0;
  /// The broker's `type` in the registry; by default the provider's name.
  [[nodiscard]] virtual std::string type() const { return std::string(provider().name()); }
  /// JSON object for the broker's `config`.
  [[nodiscard]] virtual std::string config() const { return "{}"; }
  /// A client whose brokers use the provider; all clients of one harness share registry and server.
  virtual Client client(ClientOptions options) = 0;
  /// Lets `by` of the provider's time pass: sleeps on a real server, moves a virtual clock.
  virtual void pass(std::chrono::milliseconds by) = 0;
  /// The provider's time, from any fixed point: what `pass` moves on.
  [[nodiscard]] virtual std::chrono::milliseconds now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
  /// What another process gives to `MakeHarness` to use the same registry and server. Empty: no other process can, and
  /// the cases that kill one are declared gaps.
  [[nodiscard]] virtual std::string address() const { return {}; }
  /// Faults of a server that nobody else uses. Null: the cases that need them are declared gaps. After each case the
  /// suite starts, thaws and resumes.
  [[nodiscard]] virtual ServerFaults* faults() { return nullptr; }
  /// `config` for a server at another place, where there is none. Empty: the provider's servers have no place on a
  /// network, and the cases that look for one are declared gaps.
  [[nodiscard]] virtual std::string config_at(std::string_view /*host*/, std::uint16_t /*port*/) const { return {}; }
};

/// Makes a harness: a new one, or with an `address` one that uses what the harness of that address uses.
using MakeHarness = std::function<std::unique_ptr<Harness>(const std::string& address)>;

/// Runs the suite for one provider: `int main(int argc, char** argv)` of a provider's conformance program is this call.
/// Prints a line a case with the time it took and at the end `local: 61 run, 3 declared gaps`. A gap is a case that the
/// declared capabilities rule out, for which the declared refusal was seen instead, or one that the harness cannot do.
/// Returns 0 if every case passed within 20 s, those that kill, freeze or restart processes within 60 s, and, with
/// `--expected FILE` (the installed `expected.csv` or one like it), as many ran as the provider's row there asks for
/// and its declared capabilities equal that row. `--report FILE` writes a line for each case. `--filter TEXT` runs the
/// cases whose name contains it; `--list` names them. The program starts itself again, with other arguments, as the
/// process that is killed.
int run_conformance(int argc, char** argv, const MakeHarness& make);

}  // namespace ductape::inline v0::testing
