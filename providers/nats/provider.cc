// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/provider.h"

#include "providers/nats/connection.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0 {

std::span<const driver::Field> options_nats();

namespace nats {

driver::Capabilities Provider::capabilities() const {
  return {.ordering = driver::Ordering::exclusive,
          .lease = driver::Lease::renewable,
          .retry_delay_max = std::chrono::years(10),
          .keeps_without_group = true,
          .many_groups = true,
          .exclusive = true,
          .broadcast = true,
          .replay = true,
          .dedup = true,
          .counts_deliveries = true,
          .counts_clean_return = true,
          .lag_known = true,
          .heals_itself = true,
          .message_max = message_max};
}

std::span<const driver::Field> Provider::fields() const { return options_nats(); }

Result<std::unique_ptr<driver::Connection>> Provider::open(const driver::Options& options,
                                                           driver::Runtime& runtime) const {
  auto read = driver::read_options<NatsOptions>(options.config);
  if (!read) return std::move(read).error();
  auto settings = read_stream_settings(read->native);
  if (!settings) return std::move(settings).error();
  if (!read->tls_files.certificate.empty() != !read->tls_files.key.empty())
    return failure(Errc::invalid_argument, "`tls.certificate` and `tls.key` belong together and one is missing");
  return std::unique_ptr<driver::Connection>(
      std::make_unique<Connection>(std::move(*read), std::move(*settings), runtime));
}

}  // namespace nats

const driver::Provider& provider_nats() {
  static const nats::Provider provider;
  return provider;
}

}  // namespace ductape::inline v0
