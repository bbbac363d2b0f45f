// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::kafka {

/// Kafka, from 2.4 on.
class Provider final : public driver::Provider {
 public:
  /// A record with its headers. What brokers take by default is 48 KB more, which is for the batch around it.
  static constexpr std::uint64_t message_max = 1'000'000;

  [[nodiscard]] std::string_view name() const override { return "kafka"; }
  [[nodiscard]] driver::Capabilities capabilities() const override;
  [[nodiscard]] std::span<const driver::Field> fields() const override;
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override;
};

}  // namespace ductape::inline v0::kafka
