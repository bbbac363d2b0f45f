// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ductape/client.hpp>

#include "tests/conformance/suite/check.h"

namespace ductape::inline v0::testing::conformance {

/// The books of what was published to one topic: what became of each publish and what handlers saw. Thread-safe.
class Ledger {
 public:
  using Millis = std::chrono::milliseconds;

  /// A publish begins. Returns the message's number; `id_of` makes its id.
  std::size_t open(std::string key, Millis now, Millis deadline);
  static std::string id_of(std::size_t number);
  void answered(std::size_t number, const Result<Receipt>& result, Millis now);
  void handled(const Context& context);

  [[nodiscard]] std::size_t published() const;
  [[nodiscard]] std::size_t confirmed() const;
  [[nodiscard]] std::size_t unanswered() const;
  /// Whether a message from that number on was confirmed, and one was handled.
  [[nodiscard]] bool flows_since(std::size_t number) const;
  /// Every publish has its answer, and what was confirmed was handled.
  [[nodiscard]] bool complete() const;
  /// For a message about a failure.
  [[nodiscard]] std::string to_text() const;

  /// The contract's promises: of what was confirmed the first runs of each key came in the order of the publishes; no
  /// run was a second attempt; what surely was not sent was not seen; every answer came by its deadline.
  void check_promises(Where where) const;
  /// No publish failed but with one of these codes.
  void check_failures(const std::vector<Errc>& allowed, Where where) const;

 private:
  struct Entry {
    std::string key;
    Millis published, deadline;
    std::optional<Millis> answered = {};
    Error outcome = {};
    std::size_t runs = 0;
  };
  void wrong(std::string what);

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::map<std::string, std::vector<std::size_t>> first_runs_;  // of a key's messages, in their order
  std::vector<std::string> wrong_;
};

}  // namespace ductape::inline v0::testing::conformance
