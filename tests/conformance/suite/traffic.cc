// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/traffic.h"

namespace ductape::inline v0::testing::conformance {
namespace {

// What the dead hold must come back within a case.
constexpr milliseconds lease(2'000);
constexpr milliseconds step(10);
constexpr std::size_t keys = 5;
// Publishing goes on while nothing is answered, but not without end.
constexpr std::size_t most_unanswered = 500;

}  // namespace

Traffic::Traffic(Stage& stage, Where where)
    : stage_(stage),
      streams_{Stream{stage.declare("traffic:any"), false, stage.own<Ledger>()},
               Stream{stage.declare_ordered("traffic:ordered"), true, stage.own<Ledger>()}} {
  for (auto& stream : streams_)
    stage_.subscribe(
        stream.event, {.group = "g", .concurrency = 4, .lease = lease},
        [&ledger = stream.ledger](const Message&, const Context& context) { ledger.handled(context); }, where);
  run_until_it_flows("at the beginning", usual_wait, where);
}

void Traffic::publish() {
  for (auto& stream : streams_) {
    auto& ledger = stream.ledger;
    if (ledger.unanswered() >= most_unanswered) continue;
    const auto key = stream.ordered ? "key-" + std::to_string(ledger.published() % keys) : std::string();
    const auto number = ledger.open(key, stage_.now(), deadline_);
    stage_.client().publish({.event = stream.event, .message = "{}"},
                            {.key = key, .id = Ledger::id_of(number), .deadline = deadline_},
                            [&ledger, number, &stage = stage_](const Result<Receipt>& result) {
                              ledger.answered(number, result, stage.now());
                            });
  }
}

void Traffic::run(milliseconds time) {
  for (const auto end = stage_.now() + time; stage_.now() < end; stage_.rest(step)) publish();
}

void Traffic::run_until(const std::string& what, const std::function<bool()>& holds, milliseconds limit, Where where) {
  for (const auto begin = stage_.now(); !holds(); stage_.rest(step)) {
    if (const auto waited = stage_.now() - begin; waited > limit)
      fail("waited " + std::to_string(waited.count()) + " ms for " + what + "; any: " + streams_[0].ledger.to_text() +
               "; ordered: " + streams_[1].ledger.to_text(),
           where);
    publish();
  }
}

void Traffic::run_until_it_flows(const std::string& when, milliseconds limit, Where where) {
  std::array<std::size_t, 2> since = {};
  for (std::size_t i = 0; i < streams_.size(); ++i) since[i] = streams_[i].ledger.published();
  run_until(
      "messages that were published " + when + " to be confirmed and handled",
      [&] { return streams_[0].ledger.flows_since(since[0]) && streams_[1].ledger.flows_since(since[1]); }, limit,
      where);
}

void Traffic::finish(const std::vector<Errc>& allowed, Where where) {
  for (auto& stream : streams_) {
    const auto& ledger = stream.ledger;
    stage_.wait_until(
        "the ledger of " + stream.event + " to balance", [&] { return ledger.complete(); },
        [&] { return ledger.to_text(); }, milliseconds(20'000), where);
    ledger.check_promises(where);
    ledger.check_failures(allowed, where);
    // The first question may go to a connection that is dead.
    Result<GroupStatus> status = Error{.code = Errc::unavailable, .message = "not asked"};
    stage_.wait_until(
        "the group of " + stream.event + " to be shown",
        [&] { return (status = stage_.client().groups().show({.event = stream.event, .group = "g"})).ok(); },
        [&] { return conformance::to_text(status.error()); }, milliseconds(10'000), where);
    check_equal(status->dead.value_or(0), 0u, "dead letters of " + stream.event, where);
  }
}

std::size_t Traffic::confirmed() const { return streams_[0].ledger.confirmed() + streams_[1].ledger.confirmed(); }

std::size_t Traffic::unanswered() const { return streams_[0].ledger.unanswered() + streams_[1].ledger.unanswered(); }

}  // namespace ductape::inline v0::testing::conformance
