// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <ductape/future.hpp>
#include <ductape/publish.hpp>

#include "src/pipeline/envelope.h"
#include "src/policy/publish_order.h"

namespace ductape::inline v0::pipeline {

/// Collects the results of one `publish_batch`.
struct Batch {
  explicit Batch(std::size_t size) : results(size), missing(size) {}
  std::vector<std::optional<Result<Receipt>>> results;
  std::atomic<std::size_t> missing;
  std::shared_ptr<detail::FutureState<std::vector<Result<Receipt>>>> future =
      std::make_shared<detail::FutureState<std::vector<Result<Receipt>>>>();
};

struct BatchSlot {
  std::shared_ptr<Batch> batch;
  std::size_t index = 0;
};

/// Who waits for the result of a publish.
using Waiter =
    std::variant<std::monostate, std::shared_ptr<detail::FutureState<Receipt>>, PublishCompletion, BatchSlot>;

/// A result and who waits for it.
struct Answer {
  Answer(Waiter&& who, Result<Receipt>&& what) : waiter(std::move(who)), result(std::move(what)) {}
  Answer(Waiter&& who, Receipt&& what) : waiter(std::move(who)), result(std::move(what)) {}
  Waiter waiter;
  Result<Receipt> result;
};
using Answers = std::vector<Answer>;

/// Gives results to who waits for them. A completion is the user's code: `executor` runs it; all of one call are one
/// task, in order.
void deliver(Answers answers, detail::Executor& executor);

/// A record on its way through the publish path: state and completion in one object that is reused.
struct Outgoing : policy::KeyedRecord {
  enum class State : std::uint8_t {
    free,
    queued,     // waits to be handed to the driver
    submitted,  // the driver has it
    waiting,    // waits to be sent again
    refused,    // for who sends it: whether somebody else is to, by now, is being found out
    answered,   // its deadline passed while the driver still holds it: the waiter is gone, the bytes stay
  };
  Envelope envelope;
  const Route* route = nullptr;
  Waiter waiter;
  driver::Deadline deadline;
  driver::Deadline resend_at;
  Error refusal;
  std::uint64_t sequence = 0;    // call order
  std::uint32_t index = 0;       // in the slab
  std::uint32_t generation = 0;  // of this use of the object
  std::uint32_t sends = 0;
  State state = State::free;
  bool may_resend = true;

  [[nodiscard]] driver::Tag tag() const { return (driver::Tag{generation} << 32) | index; }
  [[nodiscard]] bool keyed() const { return !key.empty(); }
};

}  // namespace ductape::inline v0::pipeline
