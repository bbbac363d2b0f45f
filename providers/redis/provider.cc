// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/driver.hpp>

#include "providers/redis/connection.h"
#include "providers/redis/errors.h"
#include "providers/redis/url.h"

namespace ductape::inline v0 {
namespace redis {

class Provider final : public driver::Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "redis"; }
  [[nodiscard]] driver::Capabilities capabilities() const override {
    return {.ordering = driver::Ordering::exclusive,
            .lease = driver::Lease::renewable,
            .retry_delay_max = std::chrono::duration_cast<driver::Millis>(std::chrono::years(10)),
            .keeps_without_group = true,
            .many_groups = true,
            .exclusive = true,
            .broadcast = true,
            .replay = true,
            .counts_deliveries = true,
            .lag_known = true,
            .moves = true,
            .message_max = 16 << 20};
  }
  [[nodiscard]] std::span<const driver::Field> fields() const override;
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override;
};

namespace {

std::optional<Error> wrong(const RedisOptions& options) {
  if (!options.username.empty() && options.password.empty())
    return failure(Errc::invalid_argument, "username " + options.username + " has no password", "set `password`");
  for (const auto& [key, value] : options.native)
    if (key != "client-name")
      return failure(Errc::invalid_argument, "native." + key + " is no setting of a connection to redis",
                     "there is one: client-name");
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<driver::Connection>> Provider::open(const driver::Options& given,
                                                           driver::Runtime& runtime) const {
  auto options = driver::read_options<RedisOptions>(given.config);
  if (!options) return std::move(options).error();
  if (auto applied = apply_url(*options); !applied) return std::move(applied).error();
  if (auto error = wrong(*options)) return std::move(*error);
  Access access{.endpoint = {.host = options->host, .port = static_cast<std::uint16_t>(options->port)},
                .username = options->username,
                .password = options->password,
                .db = options->db,
                .client_name = "ductape"};
  if (const auto name = options->native.find("client-name"); name != options->native.end())
    access.client_name = name->second;
  if (options->tls) {
    auto context = net::tls_context(options->tls_files);
    if (!context) return std::move(context).error();
    access.endpoint.tls = std::move(*context);
  }
  return std::unique_ptr<driver::Connection>(
      std::make_unique<Connection>(std::move(*options), std::move(access), runtime));
}

}  // namespace redis

std::span<const driver::Field> options_redis();

namespace redis {
std::span<const driver::Field> Provider::fields() const { return options_redis(); }
}  // namespace redis

const driver::Provider& provider_redis() {
  static const redis::Provider provider;
  return provider;
}

}  // namespace ductape::inline v0
