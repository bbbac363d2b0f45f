// SPDX-License-Identifier: Apache-2.0
#include "src/client/meter.h"

#include "src/client/group_status.h"
#include "src/pipeline/broker_connection.h"

namespace ductape::inline v0::client {
namespace {

// Who has not answered by then has no gauges this time.
constexpr std::chrono::seconds patience(2);

}  // namespace

/// One measurement under way: what was counted, and the answers that are still missing.
struct Meter::Round {
  Round(driver::Runtime& runs, std::weak_ptr<Meter> of) : runtime(runs), meter(std::move(of)) {}

  void answer(std::size_t at, const Result<driver::GroupState>& state) {
    const std::lock_guard lock(mutex);
    if (finished) return;
    if (state) {
      auto& status = groups[at];
      const auto own = status;
      add_state(status, *state);
      status.done = own.done;
      if (!status.in_flight) status.in_flight = own.in_flight;
      if (!status.parked) status.parked = own.parked;
    }
    if (--missing == 0) finish();
  }
  void finish() {  // under the mutex
    if (std::exchange(finished, true)) return;
    runtime.post([weak = meter, all = std::move(groups)] {
      if (const auto self = weak.lock()) self->report(all);
    });
  }

  driver::Runtime& runtime;
  const std::weak_ptr<Meter> meter;
  std::mutex mutex;
  std::vector<GroupStatus> groups = {};
  std::size_t missing = 0;
  bool finished = false;
};

std::shared_ptr<Meter> Meter::start(driver::Runtime& runtime, driver::Millis interval, MetricSink sink, Count count) {
  std::shared_ptr<Meter> meter(new Meter(runtime, std::move(sink), std::move(count)));
  meter->ticker_ = Ticker::start(runtime, interval, [weak = std::weak_ptr(meter)] {
    if (const auto self = weak.lock()) self->measure();
  });
  return meter;
}

void Meter::measure() {
  auto counted = count_();
  const auto round = std::make_shared<Round>(runtime_, weak_from_this());
  round->missing = 1;  // this very call
  for (auto& one : counted) {
    if (one.route) ++round->missing;
    round->groups.push_back(one.status);
  }
  for (std::size_t at = 0; at < counted.size(); ++at) {
    const auto& route = counted[at].route;
    if (!route) continue;
    route->connection->driver().inspect(
        route->address, counted[at].status.definition.name,
        [round, at, route](const Result<driver::GroupState>& state) { round->answer(at, state); });
  }
  const std::lock_guard lock(round->mutex);
  if (--round->missing == 0) return round->finish();
  runtime_.at(runtime_.now() + patience, [round] {
    const std::lock_guard late(round->mutex);
    round->finish();
  });
}

void Meter::report(std::span<const GroupStatus> groups) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) sink_(metrics_of(groups));
}

void Meter::stop() {
  ticker_->stop();
  std::vector<GroupStatus> groups;
  for (auto& one : count_()) groups.push_back(std::move(one.status));
  const std::lock_guard lock(mutex_);
  if (!std::exchange(stopped_, true)) sink_(metrics_of(groups));
}

}  // namespace ductape::inline v0::client
