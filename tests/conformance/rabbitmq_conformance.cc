// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <filesystem>
#include <thread>

#include <ductape/providers.hpp>
#include <ductape/testing/conformance.hpp>

#include "tests/support/gated_faults.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/temporary_directory.h"

namespace {

using namespace ductape;

/// A registry of the case's own, and one server for all cases of the program.
class RabbitmqHarness final : public testing::Harness {
 public:
  /// `address` is the server's port and the registry's directory.
  explicit RabbitmqHarness(const std::string& address) {
    if (address.empty()) {
      static support::RabbitmqServer server;
      static support::GatedFaults faults(server.process(), server.port(), driver::Survives::power_loss);
      faults_ = &faults;
      port_ = faults.port();
      own_.emplace("ductape-conformance");
      directory_ = own_->path();
      return;
    }
    const auto at = address.find(':');
    std::from_chars(address.data(), address.data() + at, port_);
    directory_ = address.substr(at + 1);
  }

  [[nodiscard]] const driver::Provider& provider() const override { return *find_provider("rabbitmq"); }
  [[nodiscard]] std::string config() const override { return config_at("127.0.0.1", port_); }
  // What a connection that went silent has the server keeps for it until two heartbeats are missing, 20 s by default.
  [[nodiscard]] std::string config_at(std::string_view host, std::uint16_t port) const override {
    return R"({"host": ")" + std::string(host) + R"(", "port": )" + std::to_string(port) +
           R"(, "native": {"heartbeat": 2}})";
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
  return testing::run_conformance(
      argc, argv, [](const std::string& address) { return std::make_unique<RabbitmqHarness>(address); });
}
