// SPDX-License-Identifier: Apache-2.0
#include "providers/local/provider.h"

#include "providers/local/connection.h"
#include "providers/local/publisher.h"

namespace ductape::inline v0 {
namespace local {
namespace {

class LocalProvider final : public driver::Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "local"; }
  [[nodiscard]] driver::Capabilities capabilities() const override {
    return {.ordering = driver::Ordering::per_key,
            .lease = driver::Lease::renewable,
            .retry_delay_max = std::chrono::years(10),
            .keeps_without_group = true,
            .many_groups = true,
            .exclusive = true,
            .broadcast = true,
            .replay = true,
            .dedup = true,
            .counts_deliveries = true,
            .lag_known = true,
            .moves = true,
            .message_max = message_max};
  }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override {
    return open_connection(options, runtime);
  }
};

}  // namespace
}  // namespace local

const driver::Provider& provider_local() {
  static const local::LocalProvider provider;
  return provider;
}

}  // namespace ductape::inline v0
