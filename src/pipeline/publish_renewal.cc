// SPDX-License-Identifier: Apache-2.0
// A server that refuses who publishes may do so because a person gave a new password there and in the registry, which
// is looked at once a second. So it is looked at again before the caller hears of it.
#include <map>

#include "src/pipeline/broker_connection.h"
#include "src/pipeline/publish_path.h"

namespace ductape::inline v0::pipeline {

bool PublishPath::is_to_be_renewed(const Outgoing& out, const Error& error) const {
  return renew_ && !closing_ && error.code == Errc::unauthenticated && !out.maybe_stored;
}

void PublishPath::renew_refused() {
  struct Moved {
    const Route* to;
    std::string message;
    PublishOptions options;
    Waiter waiter;
  };
  std::vector<Moved> moved;
  Answers answers;
  std::map<const Route*, const Route*> renewed;
  Lock lock(mutex_);
  const auto tags = std::exchange(refused_, {});
  for (const auto tag : tags) renewed.emplace(slab_[static_cast<std::uint32_t>(tag)].route, nullptr);
  lock.unlock();
  for (auto& [before, now] : renewed) now = renew_(*before);
  lock.lock();
  for (const auto tag : tags) {
    Outgoing& out = slab_[static_cast<std::uint32_t>(tag)];
    if (out.tag() != tag || out.state != Outgoing::State::refused) continue;
    const Route* to = renewed.at(out.route);
    const auto left = std::chrono::duration_cast<driver::Millis>(out.deadline - runtime_.now());
    if (to == nullptr || to->connection == out.route->connection || left.count() <= 0) {
      answer(out, std::move(out.refusal), answers);
    } else {
      // Its key is in what is taken.
      if (out.keyed()) order_.removed(out);
      out.key = {};
      auto& one = moved.emplace_back();
      one.to = to;
      out.envelope.take(one.message, one.options);
      one.options.deadline = left;
      // Nobody waits for room on a thread that others need.
      one.options.on_full = PublishOptions::OnFull::reject;
      if (!out.may_resend) one.options.on_unknown = PublishOptions::OnUnknown::report;
      one.waiter = std::exchange(out.waiter, {});
    }
    finish(out);
  }
  lock.unlock();
  for (auto& one : moved) {
    Submission submission{one.to, one.message, one.options, std::move(one.waiter), runtime_.now()};
    one.to->connection->publishing().publish(std::span(&submission, 1));
  }
  deliver(std::move(answers), executor_);
  lock.lock();
  --answering_;
  changed_.notify_all();
}

}  // namespace ductape::inline v0::pipeline
