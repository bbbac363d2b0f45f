// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <ductape/driver/field.hpp>
#include <ductape/registry.hpp>

#include "src/model/handled_ids.h"
#include "src/model/tally.h"

namespace ductape::inline v0 {

namespace registry {

/// A topic in one environment: what a publish or a subscribe needs to know.
struct Resolved {
  Broker broker;
  BrokerEnv env;
  TopicDefinition topic;
  std::uint64_t secrets_revision = 0;  // of the product's youngest
};

}  // namespace registry

namespace detail {

/// What `Registry` is a handle of. Reads are answered from an immutable snapshot, writes go to the store and renew it.
class RegistryCore {
 public:
  virtual ~RegistryCore() = default;

  /// Grows whenever the snapshot is replaced. Lock-free; the hot path compares it with the generation of what it holds.
  [[nodiscard]] virtual std::uint64_t generation() const noexcept = 0;
  /// Looks whether another process changed the store (`PRAGMA data_version`) and renews the snapshot if so. Cheap.
  virtual void poll() = 0;
  /// From the snapshot. Errors: `EVENT_FORMAT_INVALID`, `PRODUCT_NOT_FOUND`, `BROKER_NOT_FOUND`, `TOPIC_NOT_FOUND`,
  /// `BROKER_ENV_NOT_FOUND`.
  [[nodiscard]] virtual Result<registry::Resolved> resolve(std::string_view product, std::string_view env,
                                                           std::string_view event) const = 0;
  /// What the broker's config says there, secrets and variables in their places. Errors: `not_found` for one that is
  /// not there, `data_loss` for a secret that was sealed with another key.
  [[nodiscard]] virtual Result<driver::Config> settings(const registry::Resolved& resolved) const = 0;
  /// What `dedup` windows are kept in, made when first asked for; it lives as long as this.
  virtual Result<model::HandledIds*> handled_ids() = 0;
  /// What the processes that share the store counted; made and living like that.
  virtual Result<model::Tallies*> tallies() = 0;
};

}  // namespace detail
}  // namespace ductape::inline v0
