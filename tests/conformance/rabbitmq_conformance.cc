// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gated_harness.h"
#include "tests/support/rabbitmq_server.h"

namespace {

using namespace ductape;

support::GatedFaults& serve() {
  static support::RabbitmqServer server;
  static support::GatedFaults faults(server.process(), server.port(), driver::Survives::power_loss);
  return faults;
}

class RabbitmqHarness final : public support::GatedHarness {
 public:
  explicit RabbitmqHarness(const std::string& address) : GatedHarness("rabbitmq", serve, address) {}
  // What a connection that went silent has the server keeps for it until two heartbeats are missing, 20 s by default.
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"host": ")" + std::string(host) + R"(", "port": )" + std::to_string(port) +
           R"(, "native": {"heartbeat": 2}})";
  }
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(
      argc, argv, [](const std::string& address) { return std::make_unique<RabbitmqHarness>(address); });
}
