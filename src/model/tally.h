// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// What happened to a topic (`published`, `resent`) or to a group (the rest), counted.
struct Tally {
  std::uint64_t published = 0;  ///< confirmed
  std::uint64_t resent = 0;     ///< sends beyond the first
  std::uint64_t done = 0;       ///< acks that the provider took
  std::uint64_t failed = 0;     ///< attempts that ended badly and will be followed by another
  std::uint64_t dead = 0;       ///< became dead letters
  std::uint64_t lost = 0;       ///< outcomes that the provider no longer honoured
  std::uint64_t removed = 0;    ///< left the group without an outcome: purged, reset over, removed by retention

  friend bool operator==(const Tally&, const Tally&) = default;
};

struct TallyField {
  std::string_view name;
  std::uint64_t Tally::*count;
};
/// All of them, by the names under which they are kept.
constexpr std::array<TallyField, 7> tally_fields{{{"published", &Tally::published},
                                                  {"resent", &Tally::resent},
                                                  {"done", &Tally::done},
                                                  {"failed", &Tally::failed},
                                                  {"dead", &Tally::dead},
                                                  {"lost", &Tally::lost},
                                                  {"removed", &Tally::removed}}};

inline Tally& operator+=(Tally& to, const Tally& more) {
  for (const auto& field : tally_fields) to.*field.count += more.*field.count;
  return to;
}
/// No field of `less` may be greater.
inline Tally operator-(Tally from, const Tally& less) {
  for (const auto& field : tally_fields) from.*field.count -= less.*field.count;
  return from;
}

/// Whose tally: a topic in an environment, or a group of it.
std::string tally_scope(std::string_view product, std::string_view env, std::string_view event,
                        std::string_view group = {});
struct TallyScope {
  std::string product, env, event, group;
};
TallyScope read_tally_scope(std::string_view scope);

/// What the processes that share a store counted, of which each tells what it saw since it last told. Thread-safe.
/// Calls block for disk and for other processes. Not on the disk when `add` returns: a power cut may take the last
/// seconds. Errors: those of the store.
class Tallies {
 public:
  using Time = std::chrono::system_clock::time_point;

  struct Entry {
    std::string scope;
    Tally seen;
  };
  struct Kept {
    Tally all;
    Tally recent;  ///< of the last `window`
  };
  static constexpr std::chrono::seconds window{10};

  virtual ~Tallies() = default;
  /// All of the entries or none.
  virtual Result<void> add(std::span<const Entry> entries, Time now) = 0;
  virtual Result<Kept> read(std::string_view scope, Time now) = 0;
  virtual Result<void> forget(std::string_view scope) = 0;
};

}  // namespace ductape::inline v0::model
