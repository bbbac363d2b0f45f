// SPDX-License-Identifier: Apache-2.0
#include "providers/local/retention.h"

#include <algorithm>
#include <chrono>

#include "providers/local/standing.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;

constexpr auto between = 60s;
// In one transaction: a millisecond or two.
constexpr std::int64_t step_messages = 512, step_bytes = 4 << 20;
// A large message may take the place of many small ones.
constexpr std::int64_t most_for_one = 16 * step_messages;

/// The last offset that may go, as far as its groups are concerned.
std::int64_t finished_by_all(Tables& tables, const Topic& topic, const std::vector<Group>& groups) {
  auto last = tables.log.head(topic);
  for (const auto& group : groups) last = std::min(last, finished(tables, topic, group));
  return last;
}

}  // namespace

bool remove_old(Tables& tables, std::int64_t now) {
  bool more = false;
  for (const auto& topic : tables.log.with_retention()) {
    const auto may_go = finished_by_all(tables, topic, tables.groups.of(topic.id));
    auto last = topic.floor;
    std::int64_t messages = 0, bytes = 0;
    {
      auto rows = tables.log.sizes_after(topic.id, topic.floor, step_messages);
      while (bytes < step_bytes && rows.next()) {
        if (offset_of(rows.integer(0)) > may_go || rows.integer(1) >= now - topic.retention_age) break;
        last = offset_of(rows.integer(0));
        bytes += rows.integer(2), ++messages;
      }
    }
    if (last > topic.floor) tables.log.raise_floor(topic.id, last);
    more |= messages == step_messages || bytes >= step_bytes;
  }
  return more;
}

std::int64_t make_room(Tables& tables, const Topic& topic, std::int64_t wanted) {
  const auto groups = tables.groups.of(topic.id);
  if (groups.empty()) return 0;  // one that comes may want them all
  const auto may_go = finished_by_all(tables, topic, groups);
  auto last = topic.floor;
  std::int64_t bytes = 0;
  {
    auto rows = tables.log.sizes_after(topic.id, topic.floor, most_for_one);
    while (bytes < wanted && rows.next() && offset_of(rows.integer(0)) <= may_go)
      last = offset_of(rows.integer(0)), bytes += rows.integer(2);
  }
  if (last > topic.floor) tables.log.raise_floor(topic.id, last);
  return bytes;
}

class Retention::Step final : public Operation {
 public:
  explicit Step(std::shared_ptr<Retention> retention) : retention_(std::move(retention)) {}
  [[nodiscard]] bool is_heard() const override { return false; }
  [[nodiscard]] const char* name() const override { return "retention"; }
  // What a power failure brings back is removed again.
  [[nodiscard]] bool durable() const override { return false; }
  [[nodiscard]] bool engine_reports() const override { return false; }
  void apply(Cycle& cycle) override { more_ = remove_old(cycle.tables, cycle.wall); }
  void report(const Error* failed) override { more_ && !failed ? retention_->step() : retention_->sleep(); }

 private:
  std::shared_ptr<Retention> retention_;
  bool more_ = false;
};

void Retention::start() {
  // Not before what the file is opened for.
  runtime_.post([self = shared_from_this()] { self->step(); });
}

void Retention::step() {
  const auto engine = engine_.lock();
  const std::lock_guard lock(mutex_);
  if (engine && !stopped_) engine->post(std::make_unique<Step>(shared_from_this()));
}

void Retention::sleep() {
  const std::lock_guard lock(mutex_);
  if (!stopped_) timer_ = runtime_.at(runtime_.now() + between, [self = shared_from_this()] { self->step(); });
}

void Retention::stop() {
  driver::Runtime::Timer timer;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    timer = timer_;
  }
  runtime_.cancel(timer);
}

}  // namespace ductape::inline v0::local
