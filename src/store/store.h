// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ductape/result.hpp>

/// Where the registry's records lie. Nothing here knows what a record means.
namespace ductape::inline v0::store {

enum class Kind : std::uint8_t {
  product = 1,
  broker = 2,
  topic = 3,
  group = 4,
  secret = 5
};  // the numbers are in the files

struct Key {
  Kind kind = Kind::product;
  std::string product = {};
  std::string tag = {};
};

struct Record {
  Key key = {};
  std::string body = {};       ///< JSON
  std::uint64_t revision = 0;  ///< grows with every change of the store and is never used twice
};

/// The `Error::documented` of a store that cannot be used (corrupt, newer, read-only, disk full), to tell it from a
/// server that cannot be reached.
inline constexpr const char* unusable = "STORE_UNUSABLE";

/// How long a call waits for other writers.
inline constexpr std::chrono::milliseconds patience{5'000};

/// One change of the store; other writers wait. What is not committed when this is destroyed never happened.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Inserts or replaces; the new revision, the same for everything this transaction changes.
  virtual Result<std::uint64_t> put(const Key& key, const std::string& body) = 0;
  virtual Result<void> erase(const Key& key) = 0;
  virtual Result<void> commit() = 0;
};

/// Records that several processes share. Not thread-safe: one call at a time, one transaction at a time. Calls block
/// for disk and for other writers. Errors: `unavailable` (others did not finish in time; with the name `unusable`: the
/// disk is full or fails), `permission_denied`, `data_loss` (damaged, or removed while in use).
class Store {
 public:
  virtual ~Store() = default;
  /// Differs from before once another process or object changed the store. Does not wait.
  virtual Result<std::uint64_t> change_token() = 0;
  /// All records, ordered by kind, product and tag.
  virtual Result<std::vector<Record>> load() = 0;
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;
};

}  // namespace ductape::inline v0::store
