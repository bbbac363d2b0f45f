// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/memory/server.h"

namespace ductape::inline v0::memory {

/// The in-memory broker as a provider. All connections that it opens share one server. It declares what the embedded
/// provider does and keeps what that promises, as long as the process lives.
class Provider final : public driver::Provider {
 public:
  explicit Provider(std::shared_ptr<Server> server) : server_(std::move(server)) {}

  [[nodiscard]] std::string_view name() const override { return "memory"; }
  [[nodiscard]] driver::Capabilities capabilities() const override { return memory::capabilities(); }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options&, driver::Runtime& runtime) const override;

 private:
  std::shared_ptr<Server> server_;
};

}  // namespace ductape::inline v0::memory
