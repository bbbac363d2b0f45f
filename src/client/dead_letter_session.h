// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <ductape/driver/consumer.hpp>

#include "src/client/client_core.h"

namespace ductape::inline v0::client {

/// Reads a group's dead letters for one call: takes them in hand, oldest first, and keeps each until it is settled or
/// the session closes, which leaves them where they were. Thread-safe.
class DeadLetterSession final : public driver::ConsumeSink, public std::enable_shared_from_this<DeadLetterSession> {
 public:
  static Result<std::shared_ptr<DeadLetterSession>> open(detail::ClientCore& client, const pipeline::Route& route,
                                                         std::string_view group);
  /// How many there were when it was opened, those in other hands included.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Blocks until `most` further ones are here or there are no more. The first time it waits until none is in other
  /// hands, as what a killed process held goes before what died later. What it gives stays valid until it is settled.
  Result<std::vector<const driver::Delivered*>> next(std::size_t most);
  /// Blocks until the provider answered all. `taken` is told, in order, which it took; the first error is returned.
  Result<void> settle(std::span<const driver::Settle> outcomes, const std::function<void(driver::Tag)>& taken);
  /// Blocks until then. An error if the session ends before.
  Result<void> sleep_until(driver::Deadline when);
  /// Must be called before the last reference goes.
  void close();

 private:
  using Lock = std::unique_lock<std::mutex>;

  DeadLetterSession(detail::ClientCore& client, const pipeline::Route& route, driver::Address from, std::string group);

  /// What lies there and is not in our hands: free, and with others.
  struct Left {
    std::uint64_t free = 0, elsewhere = 0;
  };
  Result<Left> left(std::size_t held);
  Result<void> wait_for_others();
  [[nodiscard]] Error busy(std::uint64_t elsewhere) const;
  void give_back_all(Lock& lock);
  void arm_renewal();

  // driver::ConsumeSink
  void delivered(std::span<driver::Delivered> messages) override;
  void settled(std::span<const driver::Settled> outcomes) override;
  void revoking(std::span<const std::uint32_t> scopes, driver::Deadline) override;
  void lost(std::span<const driver::Tag> tags, Error why) override;
  void alive(driver::Deadline) override {}
  void gap(std::uint32_t, std::uint64_t) override {}
  void ended(Error why) override;

  detail::ClientCore& client_;
  const pipeline::Route& route_;
  const driver::Address from_;
  const std::string group_;
  std::uint64_t total_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<driver::Consumer> session_;
  std::unordered_map<driver::Tag, std::unique_ptr<driver::Delivered>> held_;
  std::vector<const driver::Delivered*> arrived_;  // not given out yet
  std::vector<driver::Settled> answers_;
  driver::Runtime::Timer renewal_ = 0;
  Error failure_;
  bool ended_ = false;
};

}  // namespace ductape::inline v0::client
