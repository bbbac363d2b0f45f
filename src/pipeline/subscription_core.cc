// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_core.h"

#include <algorithm>
#include <cassert>

#include <ductape/driver/fault.hpp>
#include <ductape/units.hpp>

#include "src/pipeline/message_id.h"
#include "src/pipeline/waiting.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

/// One try at a message: what the handler sees, and where its outcome goes.
class SubscriptionCore::Attempt final : public MessageData, public Settler {
 public:
  Attempt(std::shared_ptr<SubscriptionCore> core, Held& held)
      : core_(std::move(core)), held_(held), generation_(held.generation) {
    const Delivered& from = held.delivered;
    const pipeline::Route& route = *core_->plan_.route;
    event = route.event;
    product = route.product;
    env = route.env;
    group = core_->plan_.group.name;
    id = from.id;
    key = from.key;
    native_id = from.native_id;
    body = from.body;
    attributes = from.attributes;
    headers = from.headers;
    published = from.published;
    deliveries = from.deliveries;
    attempt = held.failures + 1;
    stop = &core_->stop_;
    bytes = from.bytes;
  }
  void settle(Decision decision) noexcept override { core_->settle(held_, generation_, std::move(decision)); }

 private:
  const std::shared_ptr<SubscriptionCore> core_;
  Held& held_;
  const std::uint32_t generation_;
};

SubscriptionCore::SubscriptionCore(pipeline::SubscriptionPlan plan, Runtime& runtime, std::function<void()> on_end)
    : plan_(std::move(plan)),
      attempts_{plan_.group.retry.max_attempts, {plan_.group.retry.backoff_min, plan_.group.retry.backoff_max}},
      runtime_(runtime),
      on_end_(std::move(on_end)),
      fetch_window_(plan_.concurrency) {
  sources_.push_back(std::make_unique<Source>(*this, plan_.route->address));
  // Where retries come back to the group's own rows or queue there is nothing else to read.
  if (plan_.retry.native != plan_.route->address.native)
    sources_.push_back(std::make_unique<Source>(*this, plan_.retry));
}

SubscriptionCore::~SubscriptionCore() { assert(over_ || !self_); }

void SubscriptionCore::start() {
  Lock lock(mutex_);
  self_ = shared_from_this();
  for (auto& source : sources_) open(*source);
}

void SubscriptionCore::open(Source& source) {
  static constexpr std::array modes{GroupSpec::shared, GroupSpec::exclusive, GroupSpec::broadcast};
  const GroupSpec group{
      .name = plan_.group.name, .mode = modes[static_cast<std::size_t>(plan_.group.mode)], .from = plan_.group.from};
  source.window = 0;
  source.session = plan_.route->connection->driver().consumer(source.address, group, plan_.lease, source);
  update_window();
}

// --- what the driver says
// ---------------------------------------------------------------------------------------------

void SubscriptionCore::on_delivered(Source& source, std::span<Delivered> messages) {
  Lock lock(mutex_);
  for (auto& message : messages) {
    Held& held = hold(source, message);
    // What crossed with a smaller window goes back untouched.
    if (closing_ || (!plan_.handler && ready_.size() >= demand_)) {
      send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
      continue;
    }
    if (plan_.route->ordered && !held.key.empty() && !lanes_.enter(held)) {
      held.state = State::in_lane;
    } else {
      make_ready(held);
    }
  }
  source.reconnect.succeeded();
  arm_renewal();
  dispatch();
  flush(source);
}

SubscriptionCore::Held& SubscriptionCore::hold(Source& source, Delivered& message) {
  Held* held = nullptr;
  if (free_.empty()) {
    held = &slab_.emplace_back();
  } else {
    held = free_.back();
    free_.pop_back();
  }
  held->delivered = std::move(message);
  held->key = held->delivered.key;
  held->source = &source;
  held->failures = held->delivered.failures;
  source.held.emplace(held->delivered.tag, held);
  return *held;
}

void SubscriptionCore::make_ready(Held& held) {
  held.state = State::ready;
  ready_.push_back(&held);
}

void SubscriptionCore::on_settled(Source& source, std::span<const Settled> answers) {
  Lock lock(mutex_);
  source.unanswered -= std::min(source.unanswered, answers.size());
  for (const auto& answer : answers) {
    const auto found = source.held.find(answer.tag);
    if (found == source.held.end()) continue;
    Held& held = *found->second;
    assert(held.state == State::settling);
    if (answer.error) ++stats_.lost;
    complete(std::exchange(held.completion, {}), answer.error ? Result<void>(answer.error) : Result<void>());
    forget(held);
  }
  flush(source);
  release_revoked(source);
  finish_if_done();
  if (closing_) changed_.notify_all();
}

void SubscriptionCore::on_lost(Source& source, std::span<const Tag> tags) {
  Lock lock(mutex_);
  for (const Tag tag : tags)
    if (const auto found = source.held.find(tag); found != source.held.end() && found->second->state != State::settling)
      void_delivery(*found->second);
  update_window();
  dispatch();
}

void SubscriptionCore::on_gap(std::uint64_t messages) {
  Lock lock(mutex_);
  stats_.gap += messages;
}

void SubscriptionCore::on_revoking(Source& source, std::span<const std::uint32_t> scopes) {
  Lock lock(mutex_);
  give_back_unstarted(&source, scopes);
  source.revoked.assign(scopes.begin(), scopes.end());
  flush(source);
  release_revoked(source);
}

void SubscriptionCore::release_revoked(Source& source) {
  if (source.revoked.empty() || !source.session || source.ended_already) return;
  for (const auto& [tag, held] : source.held)
    if (std::ranges::count(source.revoked, held->delivered.scope) > 0) return;
  const auto scopes = std::exchange(source.revoked, {});
  source.session->released(scopes);
}

void SubscriptionCore::on_ended(Source& source, Error why) {
  Lock lock(mutex_);
  source.ended_already = true;
  source.outcomes.clear();
  source.unanswered = 0;
  source.revoked.clear();
  std::vector<Held*> all;
  for (const auto& [tag, held] : source.held) all.push_back(held);
  for (Held* held : all) void_delivery(*held);
  const bool again = !closing_ && !source.stopped && (!why || is_retryable(why.code) || why.code == Errc::lost);
  if (!again && why && !failure_) failure_ = std::move(why);
  // A session cannot be destroyed inside its own callback.
  runtime_.post([self = shared_from_this(), &source, again] {
    Lock inner(self->mutex_);
    auto old = std::move(source.session);
    inner.unlock();
    old.reset();  // waits for this very callback to return
    inner.lock();
    source.ended_already = false;
    if (again && !self->closing_) {
      ++self->stats_.reconnects;
      const auto when = self->runtime_.now() + source.reconnect.failed(pipeline::random_unit());
      self->runtime_.at(when, [weak = self->weak_from_this(), &source] {
        const auto alive = weak.lock();
        if (!alive) return;
        Lock reopening(alive->mutex_);
        if (!alive->closing_ && !source.session) alive->open(source);
      });
    } else {
      source.stopped = true;
      self->begin_close();
      self->stop_sources(self->runtime_.now());
      self->finish_if_done();
    }
    self->changed_.notify_all();
  });
  changed_.notify_all();
}

// --- a delivery's way
// ---------------------------------------------------------------------------------------------------

void SubscriptionCore::dispatch() {
  if (!plan_.handler) {
    if (!ready_.empty()) changed_.notify_all();
    return;
  }
  const std::size_t room = plan_.concurrency - std::min<std::size_t>(running_, plan_.concurrency);
  std::size_t wanted =
      std::min({ready_.size(), room, plan_.concurrency - std::min<std::size_t>(workers_, plan_.concurrency)});
  for (; wanted > 0; --wanted) {
    ++workers_;
    runtime_.post([self = shared_from_this()] { self->work(); });
  }
}

void SubscriptionCore::work() {
  Lock lock(mutex_);
  while (!ready_.empty() && running_ < plan_.concurrency && !closing_ && !paused_) {
    Held& held = *ready_.front();
    ready_.pop_front();
    auto delivery = hand_out(held);
    lock.unlock();
    const auto begin = runtime_.now();
    // A Delivery handler that throws abandons what it did not settle: the Delivery's destructor says so.
    try {
      plan_.handler(std::move(delivery));
    } catch (...) {
    }
    const auto took = runtime_.now() - begin;
    lock.lock();
    fetch_window_.finished(took);
    update_window();
  }
  --workers_;
  finish_if_done();
  if (closing_) changed_.notify_all();
}

Delivery SubscriptionCore::hand_out(Held& held) {
  held.state = State::running;
  ++running_;
  ++stats_.delivered;
  auto attempt = std::make_shared<Attempt>(shared_from_this(), held);
  Message message(attempt);
  auto* settler = static_cast<Settler*>(attempt.get());
  return Delivery(std::move(message), std::shared_ptr<Settler>(std::move(attempt), settler));
}

void SubscriptionCore::settle(Held& held, std::uint32_t generation, Settler::Decision decision) noexcept {
  driver::fault_point("subscribe.handled_not_settled");
  Lock lock(mutex_);
  if (held.generation != generation || (held.state != State::running && held.state != State::lost)) return;
  --running_;
  ++outcomes_;
  held.completion = std::move(decision.completion);
  if (held.state == State::lost) {
    ++stats_.lost;
    complete(std::exchange(held.completion, {}),
             Error{.code = Errc::lost,
                   .message = plan_.route->provider + " no longer honours the delivery of " +
                              std::string(held.delivered.id) + "; the message comes again",
                   .provider = plan_.route->provider});
    leave_lane(held);
    forget(held);
  } else {
    switch (decision.outcome) {
      case Outcome::ack:
        ++stats_.acked;
        send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack});
        break;
      case Outcome::retry:
        fail_attempt(held, decision.delay, std::move(decision.reason));
        break;
      case Outcome::abandoned:
        fail_attempt(held, {}, "abandoned: the delivery was destroyed unsettled");
        break;
      case Outcome::dead_letter:
        bury(held, "rejected", std::move(decision.reason));
        break;
      case Outcome::undecodable:
        bury(held, "undecodable", std::move(decision.reason));
        break;
    }
  }
  update_window();
  dispatch();
  for (auto& source : sources_) flush(*source);
  finish_if_done();
  if (closing_) changed_.notify_all();
}

void SubscriptionCore::fail_attempt(Held& held, std::optional<Millis> delay, std::string error) {
  ++held.failures;
  const auto next = policy::after_failure(attempts_, held.failures, delay, pipeline::random_unit());
  if (next.kind == policy::AfterFailure::dead_letter) return bury(held, "max_attempts", std::move(error));
  ++stats_.retried;
  if (closing_) return send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::retry, .delay = next.delay});
  // On an ordered topic the later messages of the key wait behind it, so it waits where the lane is.
  if (plan_.route->ordered && !held.key.empty()) return park(held, next.delay);
  const Millis longest = plan_.route->capabilities.retry_delay_max;
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::retry, .delay = std::min(next.delay, longest)});
}

void SubscriptionCore::park(Held& held, Millis delay) {
  held.state = State::parked;
  ++parked_;
  complete(std::exchange(held.completion, {}), {});
  held.timer = runtime_.at(runtime_.now() + delay, [weak = weak_from_this(), &held, generation = held.generation] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    if (held.generation != generation || held.state != State::parked) return;
    held.timer = 0;
    --self->parked_;
    self->make_ready(held);
    self->update_window();
    self->dispatch();
  });
}

void SubscriptionCore::bury(Held& held, std::string_view reason, std::string error) {
  ++stats_.dead_lettered;
  constexpr std::size_t error_most = 1024;
  if (error.size() > error_most) error.resize(error_most);
  held.moved = std::make_unique<pipeline::Envelope>();
  Headers diagnostics{{"deadreason", std::string(reason)},
                      {"deaderror", std::move(error)},
                      {"deadattempts", std::to_string(held.failures)},
                      {"deadgroup", plan_.group.name},
                      {"deadorigin", std::string(held.delivered.id)},
                      {"deadtime", format_time(runtime_.wall())}};
  if (held.delivered.deliveries) diagnostics.push_back({"deaddeliveries", std::to_string(*held.delivered.deliveries)});
  held.moved->fill_dead(held.delivered, std::string(held.delivered.id) + "/" + plan_.group.name, std::move(diagnostics),
                        plan_.dead_letter);
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack, .moved = &held.moved->record()});
}

void SubscriptionCore::send_back(Held& held, Settle outcome) {
  if (held.state == State::running || held.state == State::parked) leave_lane(held);
  held.state = State::settling;
  held.source->outcomes.push_back(outcome);
}

void SubscriptionCore::leave_lane(Held& held) {
  if (!plan_.route->ordered || held.key.empty()) return;
  if (auto* next = static_cast<Held*>(lanes_.leave(held))) make_ready(*next);
}

// The provider does not honour its outcome any more: if nobody has it, it is forgotten, else when it is settled.
void SubscriptionCore::void_delivery(Held& held) {
  switch (held.state) {
    case State::ready:
      std::erase(ready_, &held);
      leave_lane(held);
      return forget(held);
    case State::in_lane:
      lanes_.remove(held);
      return forget(held);
    case State::parked:
      runtime_.cancel(std::exchange(held.timer, 0));
      --parked_;
      leave_lane(held);
      return forget(held);
    case State::settling:
      ++stats_.lost;
      complete(std::exchange(held.completion, {}),
               Error{.code = Errc::lost,
                     .message = "the session ended before " + plan_.route->provider + " took the outcome of " +
                                std::string(held.delivered.id)});
      return forget(held);
    case State::running:
      held.state = State::lost;
      held.source->held.erase(held.delivered.tag);
      return;
    case State::lost:
    case State::free:
      return;
  }
}

void SubscriptionCore::forget(Held& held) {
  if (held.state != State::lost) held.source->held.erase(held.delivered.tag);
  held.state = State::free;
  ++held.generation;
  held.delivered = {};
  held.key = {};
  held.moved.reset();
  free_.push_back(&held);
}

void SubscriptionCore::give_back_unstarted(Source* only, std::span<const std::uint32_t> scopes) {
  const auto concerned = [&](const Held& held) {
    return (!only || held.source == only) && (scopes.empty() || std::ranges::count(scopes, held.delivered.scope) > 0);
  };
  for (auto& held : slab_) {
    if (!concerned(held)) continue;
    if (held.state == State::parked) {
      runtime_.cancel(std::exchange(held.timer, 0));
      --parked_;
      // Its failed attempts are kept where the provider keeps them.
      send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::retry});
    } else if (held.state == State::in_lane) {
      lanes_.remove(held);
      send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
    } else if (held.state == State::ready) {
      std::erase(ready_, &held);
      leave_lane(held);
      send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
    }
  }
}

// --- flow
// ---------------------------------------------------------------------------------------------------------------

std::size_t SubscriptionCore::window() const {
  if (paused_ || closing_) return 0;
  std::size_t target = plan_.handler ? fetch_window_.messages() + parked_ : running_ + demand_;
  if (plan_.limit != 0) {
    const std::uint64_t left = plan_.limit - std::min(plan_.limit, outcomes_);
    target = static_cast<std::size_t>(std::min<std::uint64_t>(target, left));
  }
  return target;
}

void SubscriptionCore::update_window() {
  const std::size_t target = window();
  for (auto& source : sources_) {
    if (!source->session || source->ended_already || source->stopped) continue;
    // The average moves with each message; the driver need not hear of every step.
    const bool exact = target == 0 || !plan_.handler || plan_.limit != 0 || source->window == 0;
    const bool far = target > source->window + source->window / 4 || target < source->window - source->window / 4;
    if (target == source->window || !(exact || far)) continue;
    source->window = target;
    source->session->credit(target, plan_.max_bytes);
  }
}

// One batch of outcomes under way at a time: while the provider works on it the next gathers, so that batches grow with
// the load and nothing waits without need.
void SubscriptionCore::flush(Source& source) {
  if (source.outcomes.empty() || !source.session || source.ended_already) return;
  // A log answers an ack above a gap only when the gap has closed, and closing it is an outcome too.
  if (source.unanswered > 0 && plan_.route->capabilities.lease != Lease::none) return;
  const auto outcomes = std::exchange(source.outcomes, {});
  source.unanswered += outcomes.size();
  source.session->settle(outcomes);
}

void SubscriptionCore::arm_renewal() {
  if (renewal_ != 0 || plan_.lease.count() == 0 || plan_.route->capabilities.lease != Lease::renewable) return;
  if (std::ranges::all_of(sources_, [](const auto& source) { return source->held.empty(); })) return;
  renewal_ = runtime_.at(runtime_.now() + plan_.lease / 2, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->renew_leases();
  });
}

void SubscriptionCore::renew_leases() {
  Lock lock(mutex_);
  renewal_ = 0;
  for (auto& source : sources_) {
    if (!source->session || source->ended_already || source->held.empty()) continue;
    std::vector<Tag> tags;
    for (const auto& [tag, held] : source->held)
      if (held->state != State::settling) tags.push_back(tag);
    if (!tags.empty()) source->session->extend(tags, plan_.lease);
  }
  if (!over_) arm_renewal();
}

// --- what the user asks
// -------------------------------------------------------------------------------------------------

Result<std::vector<Delivery>> SubscriptionCore::receive(std::size_t max, Millis patience) {
  Lock lock(mutex_);
  if (plan_.handler)
    return Error{.code = Errc::invalid_argument,
                 .message = "receive() on a subscription to " + plan_.route->event + " that has a handler",
                 .hint = "subscribe without a handler to pull"};
  demand_ += max;
  update_window();
  pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, runtime_.now() + patience,
                       [&] { return !ready_.empty() || closing_ || over_; });
  std::vector<Delivery> taken;
  while (taken.size() < max && !ready_.empty()) {
    Held& held = *ready_.front();
    ready_.pop_front();
    taken.push_back(hand_out(held));
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
  const bool in_time =
      pipeline::wait_until(runtime_, shared_from_this(), lock, changed_, deadline, [&] { return over_ || drained(); });
  const std::size_t unfinished = running_;
  if (!in_time) stop_.request_stop();
  stop_sources(deadline);
  finish_if_done();
  changed_.wait(lock, [&] { return over_; });
  if (in_time) return {};
  return Error{.code = Errc::timed_out,
               .message = std::to_string(unfinished) + " handlers of group " + plan_.group.name +
                          " still ran at the close deadline; their messages come again",
               .hint = "raise the close deadline, or heed Context::stop_token()"};
}

void SubscriptionCore::stop_sources(Deadline deadline) {
  for (auto& source : sources_) {
    if (source->stopped) continue;
    source->stopped = true;
    if (source->session && !source->ended_already) source->session->stop(deadline);
  }
}

bool SubscriptionCore::drained() const {
  return running_ == 0 && workers_ == 0 && std::ranges::all_of(sources_, [](const auto& source) {
           return source->outcomes.empty() && source->unanswered == 0;
         });
}

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
    if (drained()) stop_sources(runtime_.now() + std::chrono::seconds(30));
  }
  for (auto& source : sources_)
    if (!source->stopped || source->session || source->ended_already) return;
  over_ = true;
  if (renewal_ != 0) runtime_.cancel(std::exchange(renewal_, 0));
  changed_.notify_all();
  // The last callback of a session may still be above us on the stack: let go of ourselves elsewhere.
  runtime_.post([self = std::move(self_), this] { on_end_(); });
}

void SubscriptionCore::complete(SettleCompletion completion, Result<void> result) {
  if (!completion) return;
  // Afterwards the client may be gone, and its workers with it.
  if (over_) return completion(std::move(result));
  runtime_.post([run = std::move(completion), result = std::move(result)]() mutable { run(std::move(result)); });
}

}  // namespace ductape::inline v0::detail
