// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gated_harness.h"
#include "tests/support/kafka_server.h"

namespace {

using namespace ductape;

/// One broker for all cases of the program, behind a gate. It makes no topic because somebody asks for it: what exists,
/// the provider made. It allows sessions as short as the cases' leases, which brokers by default do not.
class GatedKafka {
 public:
  [[nodiscard]] support::GatedFaults& faults() { return faults_; }

 private:
  const support::LoopbackPort port_;
  support::TcpGate gate_{port_.number()};
  support::KafkaServer server_{{.port = port_.number(),
                                .advertised_port = gate_.port(),
                                .properties = "auto.create.topics.enable=false\ngroup.min.session.timeout.ms=500\n"}};
  support::GatedFaults faults_{server_.process(), gate_, driver::Survives::process_crash};
};

support::GatedFaults& serve() {
  static GatedKafka kafka;
  return kafka.faults();
}

class KafkaHarness final : public support::GatedHarness {
 public:
  explicit KafkaHarness(const std::string& address) : GatedHarness("kafka", serve, address) {}
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"brokers": [")" + std::string(host) + ":" + std::to_string(port) + R"("]})";
  }
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<KafkaHarness>(address); });
}
