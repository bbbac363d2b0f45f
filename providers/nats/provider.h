// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::nats {

/// The server's default max_payload, headers included.
inline constexpr std::uint64_t message_max = 1 << 20;

class Provider final : public driver::Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "nats"; }
  [[nodiscard]] driver::Capabilities capabilities() const override;
  [[nodiscard]] std::span<const driver::Field> fields() const override;
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override;
};

}  // namespace ductape::inline v0::nats
