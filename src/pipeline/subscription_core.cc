// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_core.h"

#include <algorithm>
#include <cassert>

#include <ductape/driver/fault.hpp>
#include <ductape/units.hpp>

#include "src/pipeline/attempt.h"
#include "src/pipeline/message_id.h"
#include "src/pipeline/waiting.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

namespace {

// Before the close deadline, when what runs and must not be counted is moved.
constexpr std::chrono::milliseconds last_call(1'000);

}  // namespace

SubscriptionCore::SubscriptionCore(pipeline::SubscriptionPlan plan, Runtime& runtime,
                                   std::function<void(SubscriptionCore&)> on_end)
    : plan_(std::move(plan)),
      member_(pipeline::MessageId(runtime.wall()).text()),
      attempts_{plan_.group.retry.max_attempts, {plan_.group.retry.backoff_min, plan_.group.retry.backoff_max}},
      runtime_(runtime),
      on_end_(std::move(on_end)),
      fetch_window_(plan_.concurrency) {
  add_sources(places_.emplace_back(plan_.place));
}

SubscriptionCore::~SubscriptionCore() { assert(over_ || !self_); }

void SubscriptionCore::start() {
  Lock lock(mutex_);
  self_ = shared_from_this();
  for (auto& source : sources_) open(*source);
  arm_watch();
}

void SubscriptionCore::open(Source& source) {
  static constexpr std::array modes{GroupSpec::shared, GroupSpec::exclusive, GroupSpec::broadcast};
  const GroupSpec group{.name = plan_.group.name,
                        .mode = modes[static_cast<std::size_t>(plan_.group.mode)],
                        .from = plan_.group.from,
                        .member = member_};
  source.window = 0;
  source.watch.begin(runtime_.now());
  source.asking = false;
  source.session = source.place->route->connection->driver().consumer(source.address(), group, plan_.lease, source);
  update_window();
}

Result<void> SubscriptionCore::wait_connected(Deadline deadline) {
  Lock lock(mutex_);
  const auto& source = *sources_.front();
  pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, deadline,
                       [&] { return source.connected || failure_ || closing_; });
  if (source.connected) return {};
  if (failure_) return failure_;
  return Error{
      .code = Errc::timed_out,
      .message = route().provider + " did not let group " + plan_.group.name + " read " + route().event + " in time",
      .hint = "see whether the broker can be reached (ductape health)",
      .provider = route().provider};
}

Result<std::vector<Delivery>> SubscriptionCore::receive(std::size_t max, Millis patience) {
  Lock lock(mutex_);
  if (plan_.handler)
    return Error{.code = Errc::invalid_argument,
                 .message = "receive() on a subscription to " + route().event + " that has a handler",
                 .hint = "subscribe without a handler to pull"};
  demand_ += max;
  update_window();
  const auto deadline = runtime_.now() + patience;
  std::vector<Delivery> taken;
  while (taken.empty() && pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, deadline,
                                               [&] { return next_startable() || closing_ || over_; })) {
    if (closing_ || over_) break;
    std::vector<std::shared_ptr<Attempt>> attempts;
    while (attempts.size() < max) {
      Held* const next = take_startable();
      if (!next) break;
      attempts.push_back(hand_out(*next));
    }
    lock.unlock();
    for (auto& attempt : attempts)
      if (may_handle(*attempt)) taken.push_back(delivery_of(std::move(attempt)));
    lock.lock();
  }
  demand_ -= max;
  update_window();
  if (taken.empty() && (closing_ || over_)) {
    if (failure_) return failure_;
    return Error{.code = Errc::closed, .message = "the subscription of group " + plan_.group.name + " is closed"};
  }
  return taken;
}

void SubscriptionCore::pause(bool paused) {
  Lock lock(mutex_);
  paused_ = paused;
  update_window();
  if (!paused) dispatch();
}

Result<void> SubscriptionCore::wait(Millis patience) {
  if (inside_handler())
    return Error{.code = Errc::invalid_argument,
                 .message = "a handler of group " + plan_.group.name + " waits for the end of its own subscription",
                 .hint = "wait outside of the handler"};
  Lock lock(mutex_);
  const auto deadline = patience == Millis::max() ? Deadline::max() : runtime_.now() + patience;
  if (!pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, deadline, [&] { return over_; }))
    return Error{.code = Errc::timed_out, .message = "the subscription of group " + plan_.group.name + " still runs"};
  if (failure_) return failure_;
  return {};
}

SubscriptionStats SubscriptionCore::stats() const {
  Lock lock(mutex_);
  auto stats = stats_;
  stats.in_flight = running_;
  stats.parked = parked_;
  return stats;
}

bool SubscriptionCore::ended() const {
  Lock lock(mutex_);
  return over_;
}

void SubscriptionCore::stop_taking() {
  Lock lock(mutex_);
  begin_close();
}

Result<void> SubscriptionCore::close(Deadline deadline) {
  Lock lock(mutex_);
  begin_close();
  if (inside_handler()) {
    // To wait here would be to wait for ourselves.
    unattended_ = true;
    runtime_.at(deadline, [weak = weak_from_this(), deadline] {
      const auto self = weak.lock();
      if (!self) return;
      Lock late(self->mutex_);
      self->ask_handlers_to_stop(late);
      self->stop_sources(deadline);
      self->finish_if_done();
    });
    return {};
  }
  const auto is_done_by = [&](Deadline when) {
    return pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, when, [&] { return over_ || drained(); });
  };
  const auto left = std::max(deadline - runtime_.now(), Clock::duration::zero());
  bool in_time = is_done_by(deadline - std::min<Clock::duration>(left / 2, last_call));
  std::size_t unfinished = 0;
  if (!in_time) {
    unfinished = take_suspect_from_its_handler(lock);
    // Whoever closes at once waits for that: else it would be there twice.
    if (unfinished > 0)
      pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, std::max(deadline, runtime_.now() + last_call),
                           [&] { return over_ || all_answered(); });
    in_time = is_done_by(deadline) && unfinished == 0;
    unfinished += running_;
  }
  if (!in_time) ask_handlers_to_stop(lock);
  stop_sources(deadline);
  finish_if_done();
  changed_.wait(lock, [&] { return over_; });
  if (in_time) return {};
  return Error{.code = Errc::timed_out,
               .message = std::to_string(unfinished) + " handlers of group " + plan_.group.name +
                          " still ran at the close deadline; their messages come again",
               .hint = "raise the close deadline, or heed Context::stop_token()"};
}

// What they registered for that runs here, so without the lock.
void SubscriptionCore::ask_handlers_to_stop(Lock& lock) {
  std::vector<std::stop_source> running;
  for (const auto& held : slab_)
    if (held.state == State::running && held.stop.stop_possible()) running.push_back(held.stop);
  lock.unlock();
  stop_.request_stop();
  for (auto& stop : running) stop.request_stop();
  lock.lock();
}

void SubscriptionCore::stop_sources(Deadline deadline) {
  for (auto& source : sources_) {
    if (source->stopped) continue;
    source->stopped = true;
    if (source->session && !source->ended_already) source->session->stop(deadline);
  }
}

bool SubscriptionCore::all_answered() const {
  return std::ranges::all_of(sources_,
                             [](const auto& source) { return source->outcomes.empty() && source->unanswered == 0; });
}

bool SubscriptionCore::drained() const { return running_ == 0 && workers_ == 0 && all_answered(); }

void SubscriptionCore::begin_close() {
  if (closing_) return;
  closing_ = true;
  update_window();
  give_back_unstarted(nullptr, {});
  for (auto& source : sources_) flush(*source);
  changed_.notify_all();
}

void SubscriptionCore::finish_if_done() {
  if (over_) return;
  if (plan_.limit != 0 && outcomes_ >= plan_.limit && running_ == 0) {
    begin_close();
    unattended_ = true;
  }
  if (unattended_ && drained()) stop_sources(runtime_.now() + std::chrono::seconds(30));
  for (auto& source : sources_)
    if (!source->stopped || source->session || source->ended_already) return;
  over_ = true;
  if (renewal_ != 0) runtime_.cancel(std::exchange(renewal_, 0));
  if (timeout_timer_ != 0) runtime_.cancel(std::exchange(timeout_timer_, 0));
  if (watch_ != 0) runtime_.cancel(std::exchange(watch_, 0));
  changed_.notify_all();
  // The last callback of a session may still be above us on the stack: let go of ourselves elsewhere.
  runtime_.post([self = std::move(self_), this] { on_end_(*this); });
}

void SubscriptionCore::complete(SettleCompletion completion, Result<void> result) {
  if (!completion) return;
  // Afterwards the client may be gone, and its workers with it.
  if (over_) return completion(std::move(result));
  runtime_.post([run = std::move(completion), result = std::move(result)]() mutable { run(std::move(result)); });
}

}  // namespace ductape::inline v0::detail
