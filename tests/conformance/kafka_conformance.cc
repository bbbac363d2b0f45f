// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <filesystem>
#include <thread>

#include <ductape/providers.hpp>
#include <ductape/testing/conformance.hpp>

#include "tests/support/gated_faults.h"
#include "tests/support/kafka_server.h"
#include "tests/support/temporary_directory.h"

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

/// A registry of the case's own.
class KafkaHarness final : public testing::Harness {
 public:
  /// `address` is the gate's port and the registry's directory.
  explicit KafkaHarness(const std::string& address) {
    if (address.empty()) {
      static GatedKafka kafka;
      faults_ = &kafka.faults();
      port_ = kafka.faults().port();
      own_.emplace("conformance");
      directory_ = own_->path();
      return;
    }
    const auto at = address.find(':');
    std::from_chars(address.data(), address.data() + at, port_);
    directory_ = address.substr(at + 1);
  }

  [[nodiscard]] const driver::Provider& provider() const override { return *find_provider("kafka"); }
  [[nodiscard]] std::string config() const override { return config_at("127.0.0.1", port_); }
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"brokers": [")" + std::string(host) + ":" + std::to_string(port) + R"("]})";
  }
  [[nodiscard]] testing::ServerFaults* faults() override { return faults_; }
  Client client(ClientOptions options) override {
    options.store = "sqlite:" + directory_;
    return Client::open(std::move(options)).value();
  }
  void pass(std::chrono::milliseconds by) override { std::this_thread::sleep_for(by); }
  [[nodiscard]] std::string address() const override { return std::to_string(port_) + ":" + directory_; }

 private:
  testing::ServerFaults* faults_ = nullptr;
  std::uint16_t port_ = 0;
  std::optional<support::TemporaryDirectory> own_;
  std::string directory_;
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<KafkaHarness>(address); });
}
