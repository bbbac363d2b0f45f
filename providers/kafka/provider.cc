// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/provider.h"

#include "providers/kafka/connection.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_kafka();

namespace kafka {

driver::Capabilities Provider::capabilities() const {
  return {.ordering = driver::Ordering::per_key,
          .lease = driver::Lease::none,
          .keeps_without_group = true,
          .many_groups = true,
          .exclusive = true,
          .broadcast = true,
          .replay = true,
          .counts_deliveries = true,
          .lag_known = true,
          .heals_itself = true,
          .message_max = message_max};
}

std::span<const driver::Field> Provider::fields() const { return options_kafka(); }

Result<std::unique_ptr<driver::Connection>> Provider::open(const driver::Options& options,
                                                           driver::Runtime& runtime) const {
  auto read = driver::read_options<KafkaOptions>(options.config);
  if (!read) return std::move(read).error();
  if (auto checked = check_options(*read); !checked) return std::move(checked).error();
  return std::unique_ptr<driver::Connection>(std::make_unique<Connection>(std::move(*read), runtime));
}

}  // namespace kafka

const driver::Provider& provider_kafka() {
  static const kafka::Provider provider;
  return provider;
}

}  // namespace ductape::inline v0
