// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <ductape/client.hpp>
#include <ductape/driver/provider.hpp>

/// For tests of programs that use the library: target `ductape::testing`.
namespace ductape::inline v0::testing {

/// A broker in this process's memory, with a clock that stands still until a test moves it. Clients made by it use it
/// for every environment, whatever provider their registry names. Everything the library does for them runs on one
/// thread in the order in which it arises, so that a test sees the same run each time. Thread-safe.
///
///     ductape::testing::Broker broker;
///     auto client = broker.client({.product = "shop"});
///     auto subscription = client.subscribe({.event = "orders:new"}, handler).value();
///     client.publish({.event = "orders:new", .message = "{}"}).get().value();
///     broker.run_until_idle();       // the handler ran; if it threw, the message waits for its next attempt
///     broker.advance(std::chrono::seconds(2));
class Broker {
 public:
  Broker();
  ~Broker();  ///< clients must be closed before
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// A client on this broker. Without `options.store` it has a registry of its own, in memory of this Broker, that all
  /// its clients share; a product, broker or topic that a call names and nobody declared is `not_found` as ever.
  Client client(ClientOptions options = {});
  /// Declares `brokerTag:topicTag` in the shared registry, with its product and its broker in the environments dev,
  /// test, staging and prd if need be. Throws `Exception` if a tag is malformed.
  void declare(std::string_view product, std::string_view event, bool ordered = false);

  /// The broker as a provider, for a conformance harness.
  [[nodiscard]] const driver::Provider& provider() const;

  /// The virtual time since the broker was made.
  [[nodiscard]] std::chrono::milliseconds now() const;
  /// Waits until nothing is left to do at the present virtual time: no task, no due timer, no running handler.
  void run_until_idle();
  /// Moves the clock, stopping at each timer on the way so that it runs at its own time; idle afterwards.
  void advance(std::chrono::milliseconds by);

  // What real servers do. Each holds from now on, until told otherwise.
  void duplicate_deliveries(std::uint32_t every_nth);  ///< each n-th message is handed out twice; 0 = none
  void delay_deliveries(std::chrono::milliseconds by);
  void reorder_deliveries(bool on);                      ///< neighbours swap, but never two of one key
  void refuse_publishes(std::uint32_t next, Errc code);  ///< the next n records are refused with this code
  void lose_receipts(
      std::uint32_t next);  ///< the next n records are stored and then the session is cut: outcome unknown
  void cut();               ///< ends every session now; the next can be opened at once
  void freeze(bool on);     ///< nothing is answered and nothing delivered
  void take_down(bool on);  ///< every session ends, and no other can be opened; what is stored stays
  /// Nothing passes any more on the sessions that are there, which do not hear of it; the next can be opened at once.
  void forget_sessions();
  void expire_leases();  ///< every lease ends now, as if its holder had been frozen for too long

  /// The server's own limits remove the oldest messages of a topic, that many, whoever has not handled them yet: a gap
  /// for the groups that had not, and their `data_loss`. What a handler has in hand it keeps.
  void overtake(std::string_view product, std::string_view env, std::string_view event, std::size_t messages);

  /// Bodies stored for a topic, in order of their acceptance; for assertions.
  [[nodiscard]] std::vector<std::string> stored(std::string_view product, std::string_view env,
                                                std::string_view event) const;

  /// Sessions that were opened since the broker was made.
  [[nodiscard]] std::uint64_t sessions() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace ductape::inline v0::testing
