// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include <ductape/health.hpp>
#include <ductape/notice.hpp>
#include <ductape/registry.hpp>

#include "src/model/handled_ids.h"
#include "src/pipeline/broker_connection.h"
#include "src/pipeline/place.h"
#include "src/pipeline/source.h"
#include "src/policy/attempts.h"
#include "src/policy/fetch_window.h"
#include "src/policy/suspects.h"

namespace ductape::inline v0 {

namespace pipeline {

/// What a subscription is to do, with everything looked up.
struct SubscriptionPlan {
  Place place;            // where it begins
  GroupDefinition group;  // as stored: its policy is in force
  std::uint32_t concurrency = 1;
  std::uint64_t max_bytes = 0;
  driver::Millis lease{0};
  driver::Millis handler_timeout{0};  // 0: none
  std::uint32_t max_parked = 256;
  std::uint64_t limit = 0;
  std::function<void(Delivery)> handler;     // empty: pull form
  model::HandledIds* handled_ids = nullptr;  // where the group's `dedup` window is kept, if it has one
  std::function<void(Notice)> notice = {};   // called on a worker; may be empty
};

}  // namespace pipeline

namespace detail {

/// The subscription runtime: asks the driver for what workers can start, runs handlers, keeps one of a key at a time,
/// renews leases, and sends outcomes back in batches. One lock guards it all; handlers run outside of it.
class SubscriptionCore final : public std::enable_shared_from_this<SubscriptionCore> {
 public:
  SubscriptionCore(pipeline::SubscriptionPlan plan, driver::Runtime& runtime,
                   std::function<void(SubscriptionCore&)> on_end);
  ~SubscriptionCore();

  void start();
  /// Blocks until it reads. What ended it, or `timed_out`.
  Result<void> wait_connected(driver::Deadline deadline);

  // What `Subscription` offers; see there.
  [[nodiscard]] std::string_view group() const noexcept { return plan_.group.name; }
  [[nodiscard]] const GroupDefinition& definition() const noexcept { return plan_.group; }
  Result<std::vector<Delivery>> receive(std::size_t max, driver::Millis wait);
  void pause(bool paused);
  Result<void> wait(driver::Millis patience);
  [[nodiscard]] SubscriptionStats stats() const;
  [[nodiscard]] HealthItem health() const;
  void acknowledge_gap();
  /// By which it reads at present.
  [[nodiscard]] std::shared_ptr<const pipeline::Route> present_route() const;
  /// Whether it has, or will make, a session over it.
  [[nodiscard]] bool uses(const pipeline::BrokerConnection& connection) const;
  /// The group is read there from now on. What runs is settled where it came from; what has not started goes back.
  void move_to(pipeline::Place place);
  /// Begins to close; `close` does the rest.
  void stop_taking();
  Result<void> close(driver::Deadline deadline);
  Result<void> close(driver::Millis patience) { return close(runtime_.now() + patience); }

  [[nodiscard]] bool ended() const;

 private:
  friend class pipeline::Source;
  class Attempt;
  using Source = pipeline::Source;
  using Held = pipeline::Held;
  using Lock = std::unique_lock<std::mutex>;

  // What it is about; the names are the same wherever it reads.
  [[nodiscard]] const pipeline::Route& route() const noexcept { return *plan_.place.route; }

  // Told by the driver through a source.
  void on_delivered(Source& source, std::span<driver::Delivered> messages);
  void on_settled(Source& source, std::span<const driver::Settled> answers);
  void on_revoking(Source& source, std::span<const std::uint32_t> scopes);
  void on_lost(Source& source, std::span<const driver::Tag> tags);
  // The `dedup` window. These block for the store, so they are called without the lock.
  bool may_handle(Attempt& attempt);
  void remember(const Attempt& attempt, Outcome outcome);
  void turn_away(const Attempt& attempt, model::HandledIds::Standing standing);
  void keep_reserved(const std::vector<std::pair<std::string, std::uint64_t>>& ids);

  void on_alive(Source& source);
  void on_gap(std::uint64_t messages);
  void on_ended(Source& source, Error why);

  // A delivery's way; all with the lock held.
  Held& hold(Source& source, driver::Delivered& message);
  void make_ready(Held& held);
  std::shared_ptr<Attempt> hand_out(Held& held);
  static Delivery delivery_of(std::shared_ptr<Attempt> attempt);
  void settle(Held& held, std::uint32_t generation, Settler::Decision decision) noexcept;
  void send_back(Held& held, driver::Settle outcome);
  void fail_attempt(Held& held, std::optional<driver::Millis> delay, std::string error);
  void bury(Held& held, std::string_view reason, std::string error);
  void give_back_behind(const Held& held);
  void park(Held& held, driver::Millis delay);
  void move_to_retry(Held& held, driver::Millis delay);
  void read_journey(Held& held);
  static void read_event_id(Held& held);
  driver::Millis until_due(const Held& held) const;
  void arm_timeout(driver::Deadline when);
  void end_late_handlers();
  bool judge(Held& held);
  [[nodiscard]] bool is_moved_alone(const Held& held) const;
  [[nodiscard]] std::uint32_t hand_outs_of(const Held& held) const;
  void move_alone(Held& held, std::uint32_t hand_outs);
  void give_back(Held& held);
  std::size_t take_suspect_from_its_handler(Lock& lock);
  void outcome_of_suspect(const Held& held);
  void settle_again(Held& held);
  Held* next_startable();
  Held* take_startable();
  bool parked_full() const;
  void give_back_unstarted(Source* only, std::span<const std::uint32_t> scopes, const Held* but = nullptr);
  void forget(Held& held);
  void void_delivery(Held& held);
  void leave_lane(Held& held);

  void dispatch();
  void work();
  void flush(Source& source);
  void update_window();
  std::size_t window() const;
  void release_revoked(Source& source);
  void renew_leases();
  void arm_renewal();

  void works(Source& source);
  void count_lost(const Held& held, std::string why);
  void tell(Notice::Kind kind, std::string_view id, std::string text, std::uint64_t messages = 0);
  void arm_watch();
  void watch();
  void ask_what_waits(Source& source);
  void replace_if_broken(Source& source, const Result<driver::GroupState>& state);
  bool hungry(const Source& source) const;

  void add_sources(const pipeline::Place& place);
  void open(Source& source);
  void leave(Source& source);
  void linger(Source& source);
  void stop_if_left(Source& source);
  bool all_answered() const;
  bool drained() const;
  /// Whether the calling thread is in a handler of this subscription.
  [[nodiscard]] bool inside_handler() const;
  void begin_close();
  void ask_handlers_to_stop(Lock& lock);
  void stop_sources(driver::Deadline deadline);
  void finish_if_done();
  void complete(SettleCompletion completion, Result<void> result);

  const pipeline::SubscriptionPlan plan_;
  const std::string member_;  // what the provider knows it by
  const policy::Attempts attempts_;
  driver::Runtime& runtime_;
  const std::function<void(SubscriptionCore&)> on_end_;
  std::stop_source stop_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<pipeline::Place> places_;            // the present one last; what was moved may still point at another
  std::vector<std::unique_ptr<Source>> sources_;  // those of the present place first; none is ever removed
  std::deque<Held> slab_;
  std::vector<Held*> free_;
  std::deque<Held*> ready_;
  policy::KeyLanes lanes_;
  policy::FetchWindow fetch_window_;
  std::size_t running_ = 0;  // handed out, no outcome yet
  std::size_t workers_ = 0;  // posted or at work
  std::size_t parked_ = 0;
  std::size_t demand_ = 0;   // of receive() calls
  Held* suspect_ = nullptr;  // is handled, or waits to be, with nothing beside it
  bool one_by_one_ = true;   // nothing is known yet, or a suspect came: the next may be one too
  driver::Runtime::Timer timeout_timer_ = 0;
  driver::Deadline timeout_at_ = driver::Deadline::max();
  std::uint64_t outcomes_ = 0;
  SubscriptionStats stats_;
  driver::Runtime::Timer renewal_ = 0;
  driver::Runtime::Timer watch_ = 0;
  Error untaken_;  // why the provider took no outcome when it was last given one
  bool gap_known_ = true;
  Error failure_;  // what ended it
  bool paused_ = false;
  bool closing_ = false;
  bool unattended_ = false;                 // closes without anybody who waits for it
  bool over_ = false;                       // every session is gone
  std::shared_ptr<SubscriptionCore> self_;  // while sessions may call back
};

}  // namespace detail
}  // namespace ductape::inline v0
