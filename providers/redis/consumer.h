// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/redis/link.h"
#include "providers/redis/message.h"
#include "providers/redis/names.h"
#include "providers/redis/presence.h"
#include "src/net/session.h"

namespace ductape::inline v0::redis {

/// A member's reading of a topic's stream, or of its group's retry stream. One link waits for messages, the other takes
/// what must not wait behind that: outcomes, leases, and the beat. Where one member alone may read (an ordered topic,
/// an exclusive group) it reads while it owns the group, and begins with all that is pending.
class GroupConsumer final : public net::Session {
 public:
  GroupConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, std::shared_ptr<Presence> presence,
                driver::Runtime& runtime, Place place, const driver::GroupSpec& group, driver::Millis lease,
                driver::ConsumeSink& sink);

  void start();
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);
  void extend(std::span<const driver::Tag> tags);

 private:
  struct Held {
    EntryId id;
    std::uint32_t handed_out = 1;
    std::size_t bytes = 0;
    bool marked = false;  // the server remembers failed attempts of it beside the stream
    driver::Deadline lease;
    driver::Delivered message;  // until it is handed out, and on where its order is kept here
  };
  struct Outcome {
    driver::Tag tag = 0;
    Held held;
    driver::Settle settle;
  };
  using Deadline = driver::Deadline;

  // Reading.
  void fetch();
  void read_new(std::size_t most);
  void take_over(std::size_t most);
  void take_expired();
  void came(const Reply& reply, std::size_t most, Deadline asked);
  bool taken(const Reply& reply, Deadline asked);
  void keep_unread(driver::Delivered message, ReplyView id, Deadline asked, bool marked);
  void hand_out();
  void stop_reading();
  void heard(Deadline when);
  /// For how many, when so many have come that are not read yet.
  [[nodiscard]] std::size_t room(std::size_t coming = 0) const;

  // Outcomes.
  void ack(std::vector<Outcome> outcomes);
  void settle_each(std::vector<Outcome> outcomes);
  void move(Outcome outcome);
  void answer(std::span<const Outcome> outcomes, const std::function<Error(std::size_t)>& error_of);
  [[nodiscard]] std::string_view way_back(const Held& held) const;
  void give_back_unread();
  void give_back_all();

  // The beat.
  void beat();
  void beaten(const Reply& reply, Deadline asked);
  void make_group_again();
  void look_at_ownership();
  void wake_at(Deadline due);

  // Session
  void leave() override;
  void leave_if_done();
  void part(std::function<void()> done);
  void on_end(Error why) override;

  void linked();
  [[nodiscard]] bool is_own_stream() const { return place_.role == driver::Role::retry; }
  [[nodiscard]] Error lost() const;
  [[nodiscard]] bool trouble(ReplyView reply);

  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Presence> presence_;
  driver::Runtime& runtime_;
  const Place place_;
  const std::string group_, member_;
  const GroupKeys keys_;
  const bool alone_;  // one member reads
  const driver::Millis lease_;
  driver::ConsumeSink& sink_;

  std::unique_ptr<Dialogue> reading_, settling_;
  net::LoopTimer beat_, giving_back_;
  Deadline next_beat_ = Deadline::max(), owner_until_, told_alive_;
  std::string reader_;  // what the server calls the reading link
  std::size_t average_ = 0;
  std::size_t window_ = 0, window_bytes_ = 0, held_bytes_ = 0;
  driver::Tag last_tag_ = 0;
  std::unordered_map<driver::Tag, Held> held_;
  std::map<EntryId, Held> unread_;  // ours, and not handed out
  std::size_t unsettled_ = 0;       // outcomes that the server has not answered
  std::uint64_t unfinished_ = 0;    // of the group, at the last beat
  std::string cursor_;              // how far what was pending is taken over
  bool taking_over_ = true, may_read_ = false, asked_ = false, making_ = false;
  bool leaving_ = false, parting_ = false, parted_ = false;
};

/// The driver's object, which the session may outlive.
class GroupConsumerHandle final : public driver::Consumer {
 public:
  explicit GroupConsumerHandle(std::shared_ptr<GroupConsumer> session) : session_(std::move(session)) {
    session_->start();
  }
  ~GroupConsumerHandle() override { session_->abandon(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag> tags, driver::Millis) override { session_->extend(tags); }
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<GroupConsumer> session_;
};

}  // namespace ductape::inline v0::redis
