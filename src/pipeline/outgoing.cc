// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/outgoing.h"

namespace ductape::inline v0::pipeline {

void deliver(Waiter waiter, Result<Receipt> result, detail::Executor& executor) {
  if (auto* future = std::get_if<std::shared_ptr<detail::FutureState<Receipt>>>(&waiter)) {
    (*future)->set(std::move(result), executor);
  } else if (auto* completion = std::get_if<PublishCompletion>(&waiter)) {
    executor.post([run = std::move(*completion), result = std::move(result)]() mutable { run(std::move(result)); });
  } else if (auto* slot = std::get_if<BatchSlot>(&waiter)) {
    Batch& batch = *slot->batch;
    batch.results[slot->index].emplace(std::move(result));
    if (batch.missing.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::vector<Result<Receipt>> results;
    results.reserve(batch.results.size());
    for (auto& entry : batch.results) results.push_back(std::move(*entry));
    batch.future->set(std::move(results), executor);
  }
}

}  // namespace ductape::inline v0::pipeline
