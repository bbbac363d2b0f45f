// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/driver.hpp>

#include "providers/rabbitmq/connection.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_rabbitmq();

namespace rabbitmq {

class Provider final : public driver::Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "rabbitmq"; }
  [[nodiscard]] driver::Capabilities capabilities() const override {
    return {.ordering = driver::Ordering::exclusive,
            .lease = driver::Lease::fixed,
            .lease_max = std::chrono::minutes(30),
            .many_groups = true,
            .exclusive = true,
            .broadcast = true,
            .counts_deliveries = true,
            .counts_clean_return = true,
            .message_max = 16 << 20};
  }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return options_rabbitmq(); }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& given,
                                                   driver::Runtime& runtime) const override {
    auto options = driver::read_options<RabbitmqOptions>(given.config);
    if (!options) return std::move(options).error();
    auto access = read_access(*options);
    if (!access) return std::move(access).error();
    return std::unique_ptr<driver::Connection>(
        std::make_unique<Connection>(std::move(*options), std::move(*access), runtime));
  }
};

}  // namespace rabbitmq

const driver::Provider& provider_rabbitmq() {
  static const rabbitmq::Provider provider;
  return provider;
}

}  // namespace ductape::inline v0
