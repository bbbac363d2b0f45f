// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/ledger.h"

#include <algorithm>
#include <charconv>

namespace ductape::inline v0::testing::conformance {
namespace {

// An answer needs a thread that is free; on a machine that does much else, not at once.
constexpr Ledger::Millis grace(2'000);

std::optional<std::size_t> number_of(std::string_view id) {
  std::size_t number = 0;
  if (!id.starts_with("m-")) return std::nullopt;
  const auto read = std::from_chars(id.data() + 2, id.data() + id.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string Ledger::id_of(std::size_t number) { return "m-" + std::to_string(number); }

std::size_t Ledger::open(std::string key, Millis now, Millis deadline) {
  std::lock_guard lock(mutex_);
  entries_.push_back({.key = std::move(key), .published = now, .deadline = deadline});
  return entries_.size() - 1;
}

void Ledger::answered(std::size_t number, const Result<Receipt>& result, Millis now) {
  std::lock_guard lock(mutex_);
  auto& entry = entries_[number];
  if (entry.answered) wrong(id_of(number) + " was answered twice");
  entry.answered = now;
  if (!result) entry.outcome = result.error();
  if (const auto took = now - entry.published; took > entry.deadline + grace)
    wrong(id_of(number) + " was answered after " + std::to_string(took.count()) + " ms, its deadline was " +
          std::to_string(entry.deadline.count()) + " ms");
}

void Ledger::handled(const Context& context) {
  std::lock_guard lock(mutex_);
  const auto number = number_of(context.id());
  if (!number || *number >= entries_.size())
    return wrong("a message came that was not published: " + std::string(context.id()));
  if (context.attempt() != 1)
    wrong(std::string(context.id()) + " came as attempt " + std::to_string(context.attempt()) + ": no fault raises it");
  auto& entry = entries_[*number];
  if (entry.runs++ == 0 && !entry.key.empty()) first_runs_[entry.key].push_back(*number);
}

void Ledger::wrong(std::string what) { wrong_.push_back(std::move(what)); }

std::size_t Ledger::published() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t Ledger::confirmed() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [](const Entry& entry) { return entry.answered && !entry.outcome; }));
}

std::size_t Ledger::unanswered() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.answered; }));
}

bool Ledger::flows_since(std::size_t number) const {
  std::lock_guard lock(mutex_);
  bool confirmed = false, handled = false;
  for (auto i = number; i < entries_.size(); ++i) {
    confirmed |= entries_[i].answered && !entries_[i].outcome;
    handled |= entries_[i].runs > 0;
  }
  return confirmed && handled;
}

bool Ledger::complete() const {
  std::lock_guard lock(mutex_);
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.answered && (entry.outcome || entry.runs > 0); });
}

std::string Ledger::to_text() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> unhandled;
  std::size_t confirmed = 0, failed = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    if (!entry.answered) continue;
    ++(entry.outcome ? failed : confirmed);
    if (!entry.outcome && entry.runs == 0) unhandled.push_back(id_of(i));
  }
  return std::to_string(entries_.size()) + " published, " + std::to_string(confirmed) + " confirmed, " +
         std::to_string(failed) + " failed; confirmed and not handled: " + conformance::to_text(unhandled);
}

void Ledger::check_promises(Where where) const {
  std::lock_guard lock(mutex_);
  auto broken = wrong_;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& [key, published, deadline, answered, outcome, runs] = entries_[i];
    if (outcome && outcome.code != Errc::outcome_unknown && runs > 0)
      broken.push_back(id_of(i) + " was handled, though its publish failed: " + conformance::to_text(outcome));
  }
  // What a session that is given up left on its way may arrive behind the next one's: only a receipt gives a place.
  for (const auto& [key, numbers] : first_runs_) {
    std::size_t last = 0;
    for (const auto number : numbers) {
      if (!entries_[number].answered || entries_[number].outcome) continue;
      if (number < last)
        broken.push_back(id_of(number) + " of key " + key + " came first after " + id_of(last) + " had");
      last = std::max(last, number);
    }
  }
  if (!broken.empty()) fail("broken promises: " + conformance::to_text(broken), where);
}

void Ledger::check_failures(const std::vector<Errc>& allowed, Where where) const {
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& outcome = entries_[i].outcome;
    if (!outcome || std::find(allowed.begin(), allowed.end(), outcome.code) != allowed.end()) continue;
    fail("publish of " + id_of(i) + ": " + conformance::to_text(outcome), where);
  }
}

}  // namespace ductape::inline v0::testing::conformance
