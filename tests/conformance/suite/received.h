// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ductape/delivery.hpp>

namespace ductape::inline v0::testing::conformance {

/// One delivery as a handler saw it.
struct Arrival {
  explicit Arrival(const Context& context);
  std::string id, key, body, content_type, event, product, env, group;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::chrono::system_clock::time_point> time;
  std::optional<std::uint32_t> deliveries;
  std::uint32_t attempt;
};

/// What handlers saw, in the order in which they were called. Thread-safe.
class Received {
 public:
  void add(const Context& context);
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::vector<Arrival> all() const;
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] std::vector<std::string> bodies() const;
  /// A handler that notes each delivery and returns, which acknowledges it.
  [[nodiscard]] auto handler() {
    return [this](const Message&, const Context& context) { add(context); };
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Arrival> all_;
};

/// Deliveries that a handler keeps to settle them later. Thread-safe.
class Kept {
 public:
  void add(Delivery delivery);
  /// How many were ever kept, and how many are unsettled at this moment.
  [[nodiscard]] std::size_t total() const;
  [[nodiscard]] std::size_t held() const;
  /// The oldest, or the oldest of a key.
  std::optional<Delivery> take();
  std::optional<Delivery> take(std::string_view key);
  std::vector<Delivery> take_all();
  /// Drops what it has and what is still to come.
  void end();
  [[nodiscard]] auto handler() {
    return [this](Delivery delivery) { add(std::move(delivery)); };
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Delivery> held_;
  std::size_t total_ = 0;
  bool ended_ = false;
};

}  // namespace ductape::inline v0::testing::conformance
