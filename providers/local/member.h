// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <ductape/driver/consumer.hpp>

#include "providers/local/engine.h"
#include "providers/local/session.h"

namespace ductape::inline v0::local {

/// One consumer session as the engine has it: a member of its group. On the engine's thread only, but for `gate`.
///
/// What is handed out is known here by tag; the file knows it by grants and rows with this member's id. As long as the
/// member's row is there, nobody else has taken any of it: one look per transaction answers for all. A member whose
/// lease ran out may find its row gone: then all it held is lost, and it joins again under a new id.
class Member final : public Participant {
 public:
  struct Spec {
    std::string topic, group, native;
    std::string main;   ///< the topic's tag; `topic` is another where dead letters are read
    bool dead = false;  ///< they are
    driver::GroupSpec::Mode mode = driver::GroupSpec::shared;
    std::string from;
    bool ordered = false;
    driver::Millis lease{0};
  };
  Member(driver::ConsumeSink& sink, driver::Runtime& runtime, Spec spec);
  ~Member() override;

  SinkGate<driver::ConsumeSink> gate;

  // Steps of operations; those with a Cycle inside a transaction, the others afterwards.
  Error join(Cycle& cycle);
  void joined();
  void credit(std::size_t messages, std::size_t bytes);
  void extend(std::span<const driver::Tag> tags, driver::Millis lease);
  void stop(driver::Deadline deadline);

  /// Everything held when the group was sent elsewhere.
  struct Sought;
  Error seek(Cycle& cycle, std::string_view position, Sought& sought);
  void sought(Sought& sought);
  void unseek(Sought& sought);

  /// Outcomes that are on their way into the file.
  struct Settling;
  void settle(Cycle& cycle, std::span<const driver::Settle> outcomes, Settling& settling);
  void forget_done(const Settling& settling);
  /// From any thread.
  void settled(Settling& settling);
  void unsettle(Settling& settling);
  /// They could not be stored: these deliveries are given up, and handed out again when the file can be written.
  void give_up(std::span<const driver::Settle> outcomes, const Error& why);

  [[nodiscard]] bool durable() const { return spec_.mode != driver::GroupSpec::broadcast; }

  [[nodiscard]] std::uint64_t interest() const override;
  [[nodiscard]] driver::Deadline next() const override;
  void look(Cycle& cycle) override;
  void work(Cycle& cycle) override;
  [[nodiscard]] bool claimed() const override;
  [[nodiscard]] bool leaves() const override;
  void report(const Error* failed) override;
  void idle(driver::Deadline now) override;
  void fail(const Error& error) override { gate.end(error); }
  [[nodiscard]] bool ended() const override { return gate.ended(); }

 private:
  struct Held {
    Waiter waiter;           ///< as the row is now, this hand-out counted
    std::int64_t grant = 0;  ///< first position of its grant; 0 if it has a row
    std::size_t bytes = 0;
    driver::Deadline until = {};
  };
  /// What leaves grants and rows in one transaction.
  struct Leaving {
    std::set<std::int64_t> grants, keys;
    std::vector<std::pair<std::int64_t, std::int64_t>> bits;  ///< grant, position
  };
  struct Staged;

  void leave_grant(const Held& held, Leaving& leaving);
  void let_wait(Cycle& cycle, const Held& held, std::int64_t due, Leaving& leaving);
  void done(Cycle& cycle, const Held& held, Leaving& leaving);
  void store(Cycle& cycle, const Leaving& leaving);
  void forget_done(const Leaving& leaving);
  void restore(Leaving& leaving);

  /// What became of a delivery that is acked; `moved` is stored where it goes, or this says why not.
  Error finish(Cycle& cycle, const Held& held, const driver::Record* moved, Leaving& leaving);
  /// Whether what is done with is not needed by anyone else: it lies in a topic of the group's own.
  [[nodiscard]] bool owns(std::int64_t pos) const;
  [[nodiscard]] bool reads_dead_letters() const { return spec_.dead && spec_.mode != driver::GroupSpec::broadcast; }

  bool check_membership(Cycle& cycle);
  void expire(Cycle& cycle);
  bool leave_if_stopped(Cycle& cycle, const Group& group);
  void renew(Cycle& cycle, bool claims);
  void claim(Cycle& cycle, Group& group);
  bool may_claim(Cycle& cycle, Group& group);
  void claim_waiting(Cycle& cycle, const Group& group, std::int64_t owner);
  bool hand_out(Cycle& cycle, Waiter waiter);
  void claim_new(Cycle& cycle, const Group& group);
  void claim_new_in_order(Cycle& cycle, const Group& group);
  void move_cursor(Cycle& cycle, const Group& group, std::int64_t to, std::int64_t found);
  void plan_next_look(Cycle& cycle, const Group& group);
  void settle_staged(Staged& staged);
  [[nodiscard]] std::int64_t room() const;
  [[nodiscard]] std::int64_t until() const;
  void drop(driver::Tag tag);
  [[nodiscard]] bool hungry() const;
  [[nodiscard]] driver::Deadline at(const Cycle& cycle, std::int64_t wall) const;

  driver::Runtime& runtime_;
  const Spec spec_;
  Topic topic_;
  std::int64_t group_ = 0, member_ = 0;
  std::int64_t counted_ = 0;  ///< the group whose messages it has: `group_`, or the one whose dead letters they are

  std::size_t credit_messages_ = 0, credit_bytes_ = 0;
  std::size_t window_messages_ = 0, window_bytes_ = 0;
  driver::Tag last_tag_ = 0;
  std::unordered_map<driver::Tag, Held> held_;
  std::map<std::int64_t, Grant> grants_;
  std::vector<Held> orphans_;

  std::int64_t until_ = 0;  ///< the member's lease in the file
  driver::Deadline renew_at_ = driver::Deadline::max();
  driver::Deadline earliest_ = driver::Deadline::max();  ///< no delivery's lease ends before
  driver::Deadline look_at_ = {}, postponed_ = {};
  driver::Deadline last_alive_ = {};
  std::optional<driver::Deadline> stop_at_;
  std::unique_ptr<Staged> staged_;
};

struct Member::Sought {
  std::unordered_map<driver::Tag, Held> held;
  std::map<std::int64_t, Grant> grants;
  std::vector<Held> orphans;
};

struct Member::Settling {
  std::vector<driver::Settled> results;
  std::vector<std::pair<driver::Tag, Held>> taken;
  Leaving leaving;
};

}  // namespace ductape::inline v0::local
