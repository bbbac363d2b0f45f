// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "tests/conformance/suite/ledger.h"
#include "tests/conformance/suite/stage.h"

namespace ductape::inline v0::testing::conformance {

/// What goes on while something breaks: a steady stream of messages to a topic and, with keys, to an ordered one, a
/// group on each, and the ledger of both. It stands on the stage's first client.
class Traffic {
 public:
  /// Begins with nothing under way; the groups are there.
  explicit Traffic(Stage& stage, Where where = Where::here());

  /// Of the publishes from now on; by default longer than any fault.
  void set_deadline(milliseconds deadline) { deadline_ = deadline; }
  /// Goes on for so long.
  void run(milliseconds time);
  /// Goes on until `holds`.
  void run_until(const std::string& what, const std::function<bool()>& holds, milliseconds limit,
                 Where where = Where::here());
  /// Goes on until messages that are published from now on are confirmed and handled, on both topics.
  void run_until_it_flows(const std::string& when, milliseconds limit = milliseconds(10'000),
                          Where where = Where::here());
  /// Publishes no more, waits for what is under way, and checks the ledger. Publishes may have failed with these codes.
  void finish(const std::vector<Errc>& allowed = {}, Where where = Where::here());

  [[nodiscard]] std::size_t confirmed() const;
  [[nodiscard]] std::size_t unanswered() const;

 private:
  struct Stream {
    std::string event;
    bool ordered;
    Ledger& ledger;
  };
  void publish();

  Stage& stage_;
  milliseconds deadline_{30'000};
  std::array<Stream, 2> streams_;
};

}  // namespace ductape::inline v0::testing::conformance
