// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gated_harness.h"
#include "tests/support/redis_server.h"

namespace {

using namespace ductape;

support::GatedFaults& serve() {
  static support::RedisServer server({.persistence = support::RedisServerOptions::Persistence::always});
  static support::GatedFaults faults(server.process(), server.port(), driver::Survives::power_loss);
  return faults;
}

class RedisHarness final : public support::GatedHarness {
 public:
  explicit RedisHarness(const std::string& address) : GatedHarness("redis", serve, address) {}
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"host": ")" + std::string(host) + R"(", "port": )" + std::to_string(port) + "}";
  }
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<RedisHarness>(address); });
}
