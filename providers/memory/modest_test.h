// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/testing/conformance.hpp>

#include "providers/memory/provider.h"
#include "providers/memory/virtual_runtime.h"
#include "src/client/surroundings.h"

namespace ductape::inline v0::testing {

/// The memory broker, which declares less than it can.
class ModestProvider final : public driver::Provider {
 public:
  ModestProvider(const driver::Provider& real, driver::Capabilities can) : real_(real), can_(can) {}
  [[nodiscard]] std::string_view name() const override { return "modest"; }
  [[nodiscard]] driver::Capabilities capabilities() const override { return can_; }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override {
    return real_.open(options, runtime);
  }

 private:
  const driver::Provider& real_;
  const driver::Capabilities can_;
};

/// A registry and a server of that provider, in virtual time.
class ModestHarness final : public Harness {
 public:
  explicit ModestHarness(const std::function<void(driver::Capabilities&)>& lessen)
      : modest_(real_, [&] {
          auto can = real_.capabilities();
          lessen(can);
          return can;
        }()) {}
  [[nodiscard]] const driver::Provider& provider() const override { return modest_; }
  [[nodiscard]] std::string type() const override { return "LOCAL"; }
  Client client(ClientOptions options) override {
    return ductape::detail::open_client(
               std::move(options), registry_,
               {.runtime = runtime_, .find_provider = [this](std::string_view) { return &modest_; }})
        .value();
  }
  void pass(std::chrono::milliseconds by) override { runtime_->advance(by); }
  [[nodiscard]] std::chrono::milliseconds now() const override { return runtime_->elapsed(); }

 private:
  std::shared_ptr<memory::VirtualRuntime> runtime_ = std::make_shared<memory::VirtualRuntime>();
  memory::Provider real_{std::make_shared<memory::Server>()};
  ModestProvider modest_;
  Registry registry_ = Registry::open("memory:").value();
};

}  // namespace ductape::inline v0::testing
