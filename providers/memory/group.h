// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>

#include <ductape/driver/consumer.hpp>
#include "providers/memory/faults.h"
#include "providers/memory/message.h"
#include "providers/memory/position.h"

namespace ductape::inline v0::memory {

using MemberId = std::uint64_t;

/// A message as it leaves for a member.
struct Handed {
  driver::Tag tag = 0;
  MessagePtr message = {};
  std::uint32_t deliveries = 0, failures = 0;
  std::optional<driver::WallTime> first_failure = {};
  driver::Deadline lease = {};
  bool own = false;
};

/// A group of a topic: what each of its messages waits for and who may have it next. Knows no thread, clock or session.
/// On an ordered topic a key belongs to the member that holds messages of it (the key lock), and a message that waits
/// for its time holds up the later ones of its key.
class Group {
 public:
  using Tags = std::map<MemberId, std::vector<driver::Tag>>;

  Group(driver::GroupSpec::Mode mode, bool ordered) : mode_(mode), ordered_(ordered) {}

  [[nodiscard]] driver::GroupSpec::Mode mode() const { return mode_; }
  /// While it has no members.
  void set_mode(driver::GroupSpec::Mode mode) { mode_ = mode; }

  /// `own`: it is in no log but in this group alone (a retry, a redrive or a dead letter).
  void add(MessagePtr message, driver::Deadline now, driver::Deadline due, bool own = false);
  /// Whether it has such a message of this id, apart from the one that is handed out as `but`.
  [[nodiscard]] bool has_own(std::string_view id, driver::Tag but) const;

  void join(MemberId member, driver::Millis lease);
  void credit(MemberId member, std::size_t messages, std::size_t bytes);
  /// Nothing more for this member; what it holds stays its own.
  void retire(MemberId member);
  /// What it held goes back: uncounted if it took its leave (`clean`), else as hand-outs without an outcome.
  void leave(MemberId member, driver::Deadline now, bool clean);
  [[nodiscard]] bool has_members() const { return !members_.empty(); }
  [[nodiscard]] std::vector<MemberId> members() const;
  [[nodiscard]] std::size_t held(MemberId member) const;
  [[nodiscard]] bool holds(MemberId member, driver::Tag tag) const;

  /// False if the member does not hold this tag any more.
  bool settle(MemberId member, const driver::Settle& outcome, driver::Deadline now, driver::Millis extra_delay);
  void extend(MemberId member, driver::Tag tag, driver::Deadline until);
  /// Takes back what is leased until `now` or, with `all`, everything.
  Tags expire(driver::Deadline now, bool all = false);
  /// Decides who gets what is ready, members in turn.
  std::map<MemberId, std::vector<Handed>> hand_out(driver::Deadline now, Faults& faults, driver::Tag& last_tag);
  /// When something happens here by itself.
  [[nodiscard]] std::optional<driver::Deadline> next_event() const;

  /// Starts over with the messages of `log` from there on; what it skips is lost. What was handed out is void: it is
  /// returned.
  Tags seek(const Start& start, const std::vector<MessagePtr>& log, driver::Deadline now);

  /// The sequence of the first message of the log that is not finished here.
  [[nodiscard]] std::uint64_t first_unfinished() const;
  /// The log's messages up to `sequence` are gone. What waited of them is lost and owed as a gap; what is handed out
  /// stays with its holder.
  void forget(std::uint64_t sequence);
  /// The gap that no member has heard of yet.
  [[nodiscard]] std::uint64_t take_gap() { return std::exchange(gap_, 0); }
  [[nodiscard]] driver::GroupState state(driver::WallTime now) const;

 private:
  struct Row {
    MessagePtr message = {};
    std::uint32_t deliveries = 0, failures = 0;
    std::optional<driver::WallTime> first_failure = {};
    driver::Deadline lease = {};
    MemberId holder = 0;
    bool own = false;        // not from the topic's log
    bool again = false;      // fault: the first ack will be forgotten
    bool overtaken = false;  // fault: a later one was handed out before it
  };
  struct Member {
    MemberId id = 0;
    driver::Millis lease{0};
    std::size_t credit_messages = 0, credit_bytes = 0, held = 0, held_bytes = 0;
    bool retired = false;
  };
  struct KeyLock {
    MemberId holder = 0;
    std::size_t held = 0;
  };
  using Rows = std::map<std::uint64_t, Row>;                                 // by sequence
  using Parked = std::map<std::pair<driver::Deadline, std::uint64_t>, Row>;  // by due time and sequence
  using Leased = std::map<driver::Tag, Row>;

  [[nodiscard]] std::string_view key_of(const Row& row) const;
  [[nodiscard]] Member* find(MemberId member);
  [[nodiscard]] static bool has_room(const Member& member, std::size_t bytes);
  [[nodiscard]] Rows::iterator next_for(const Member& member, Rows::iterator from);
  [[nodiscard]] Rows::iterator next_for(const Member& member, const Faults& faults);
  void lease_to(Member& member, Row row, driver::Deadline now, driver::Tag tag);
  Row take_back(Leased::iterator leased);
  void put(Row row, driver::Deadline now, driver::Deadline due);
  void wake(driver::Deadline now);
  Row unpark(Parked::iterator parked);

  driver::GroupSpec::Mode mode_;
  const bool ordered_;
  std::set<std::uint64_t> done_;   // of the log as it is
  std::uint64_t done_before_ = 0;  // of what is in no log (any more)
  std::uint64_t lost_ = 0, gap_ = 0;
  Rows ready_;
  Parked parked_;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> parked_keys_;
  Leased leased_;
  std::set<std::pair<driver::Deadline, driver::Tag>> leases_;
  std::map<std::string, KeyLock, std::less<>> locks_;
  std::vector<Member> members_;  // in the order in which they joined
  std::size_t turn_ = 0;
};

}  // namespace ductape::inline v0::memory
