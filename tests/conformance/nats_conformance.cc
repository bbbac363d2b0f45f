// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <ductape/providers.hpp>
#include <ductape/testing/conformance.hpp>

#include "tests/support/nats_server.h"
#include "tests/support/temporary_directory.h"

namespace {

using namespace ductape;

// One server for all cases of a run; another process reaches it by its port.
std::uint16_t port_of_server() {
  static support::NatsServer server;
  return server.port();
}

class NatsHarness final : public testing::Harness {
 public:
  explicit NatsHarness(const std::string& address) {
    if (address.empty()) {
      own_ = std::make_unique<support::TemporaryDirectory>("conformance");
      directory_ = own_->path().string();
      port_ = std::to_string(port_of_server());
    } else {
      const auto colon = address.find(':');
      port_ = address.substr(0, colon);
      directory_ = address.substr(colon + 1);
    }
  }

  [[nodiscard]] const driver::Provider& provider() const override { return *find_provider("nats"); }
  [[nodiscard]] std::string config() const override { return R"({"servers": ["nats://127.0.0.1:)" + port_ + R"("]})"; }
  Client client(ClientOptions options) override {
    options.store = "sqlite:" + directory_;
    return Client::open(std::move(options)).value();
  }
  void pass(std::chrono::milliseconds by) override { std::this_thread::sleep_for(by); }
  [[nodiscard]] std::string address() const override { return port_ + ':' + directory_; }

 private:
  std::unique_ptr<support::TemporaryDirectory> own_;
  std::string directory_, port_;
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<NatsHarness>(address); });
}
