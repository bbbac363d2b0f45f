// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/subscriber.h"

namespace ductape::cli {

Work printing(Console& console, DeliveryForm form) {
  return [&console, form](const Context& context) -> Outcome {
    thread_local std::string line;
    line.clear();
    append_delivery(line, context, form);
    if (auto written = console.output().write(line); !written)
      return {.kind = Outcome::keep, .failure = written.error()};
    return {.kind = Outcome::ack};
  };
}

/// A delivery from the end of its work to the provider's answer. Where the library itself has settled it meanwhile (its
/// time was over) there is no answer: then it ends with the last copy of the completion.
struct Subscriber::UnderWay {
  UnderWay(Subscriber& owner, Message of) : subscriber(owner), message(std::move(of)) {}
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    subscriber.last_outcome_ = Clock::now().time_since_epoch();
    --subscriber.under_way_;
  }
  void answered(const Result<void>& result) const {
    if (result)
      ++subscriber.settled_;
    else if (result.error().code == Errc::lost)
      subscriber.console_.note("lost " + std::string(message.id()));
  }
  Subscriber& subscriber;
  const Message message;
};

void Subscriber::handle(Delivery delivery) {
  ++under_way_;
  auto outcome = work_(delivery.context());
  if (outcome.kind == Outcome::keep) return keep(std::move(delivery), std::move(outcome.failure));
  auto done = [under_way = std::make_shared<UnderWay>(*this, delivery.message())](const Result<void>& result) {
    under_way->answered(result);
  };
  if (outcome.kind == Outcome::ack)
    std::move(delivery).ack(std::move(done));
  else if (outcome.kind == Outcome::retry)
    std::move(delivery).retry({}, std::move(outcome.error), std::move(done));
  else
    std::move(delivery).dead_letter(std::move(outcome.error), std::move(done));
}

void Subscriber::keep(Delivery delivery, std::optional<Error> failure) {
  std::lock_guard lock(mutex_);
  kept_.push_back(std::move(delivery));
  if (failure && !failure_) failure_ = std::move(failure);
  wake_up_.ring();
}

std::optional<Error> Subscriber::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

Subscriber::Clock::time_point Subscriber::last_activity() const noexcept {
  return under_way_ > 0 ? Clock::now() : Clock::time_point(last_outcome_);
}

bool Subscriber::quiet() const {
  std::lock_guard lock(mutex_);
  return under_way_ == kept_.size();
}

void Subscriber::drop() {
  std::lock_guard lock(mutex_);
  kept_.clear();
}

}  // namespace ductape::cli
