// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <ductape/providers.hpp>
#include <ductape/testing/conformance.hpp>
#include <optional>
#include <thread>

#include "tests/support/gated_faults.h"
#include "tests/support/temporary_directory.h"

namespace ductape::inline v0::support {

/// What the suite wants of a provider whose server is real and behind a gate: one server for all cases of the program,
/// and a registry of the case's own. A provider adds how its `config` names a server.
class GatedHarness : public testing::Harness {
 public:
  [[nodiscard]] const driver::Provider& provider() const override { return *find_provider(name_); }
  [[nodiscard]] std::string config() const override { return config_at("127.0.0.1", port_); }
  [[nodiscard]] testing::ServerFaults* faults() override { return faults_; }
  Client client(ClientOptions options) override {
    options.store = "sqlite:" + directory_;
    return Client::open(std::move(options)).value();
  }
  void pass(std::chrono::milliseconds by) override { std::this_thread::sleep_for(by); }
  [[nodiscard]] std::string address() const override { return std::to_string(port_) + ":" + directory_; }

 protected:
  /// `serve` starts the server at its first call. `address`: the gate's port and the registry's directory, of another
  /// process that has both; empty: they are made.
  GatedHarness(std::string_view name, GatedFaults& (*serve)(), const std::string& address) : name_(name) {
    if (address.empty()) {
      auto& faults = serve();
      faults_ = &faults;
      port_ = faults.port();
      own_.emplace("conformance");
      directory_ = own_->path();
      return;
    }
    const auto at = address.find(':');
    std::from_chars(address.data(), address.data() + at, port_);
    directory_ = address.substr(at + 1);
  }

 private:
  const std::string_view name_;
  testing::ServerFaults* faults_ = nullptr;
  std::uint16_t port_ = 0;
  std::optional<TemporaryDirectory> own_;
  std::string directory_;
};

}  // namespace ductape::inline v0::support
