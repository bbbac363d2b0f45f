// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gated_harness.h"
#include "tests/support/nats_server.h"

namespace {

using namespace ductape;

support::GatedFaults& serve() {
  static support::NatsServer server;
  static support::GatedFaults faults(server.process(), server.port(), driver::Survives::process_crash);
  return faults;
}

class NatsHarness final : public support::GatedHarness {
 public:
  explicit NatsHarness(const std::string& address) : GatedHarness("nats", serve, address) {}
  // A try each 200 ms: with the default of 2 s ten cuts in 3 s would hit one connection.
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"servers": ["nats://)" + std::string(host) + ":" + std::to_string(port) +
           R"("], "reconnectTimeWait": 200})";
  }
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<NatsHarness>(address); });
}
