// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/outgoing.h"

#include <algorithm>

namespace ductape::inline v0::pipeline {
namespace {

bool is_completion(const Answer& answer) { return std::holds_alternative<PublishCompletion>(answer.waiter); }

void fill_slot(const BatchSlot& slot, Result<Receipt>&& result, detail::Executor& executor) {
  Batch& batch = *slot.batch;
  batch.results[slot.index].emplace(std::move(result));
  if (batch.missing.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::vector<Result<Receipt>> results;
  results.reserve(batch.results.size());
  for (auto& entry : batch.results) results.push_back(std::move(*entry));
  batch.future->set(std::move(results), executor);
}

}  // namespace

void deliver(Answers answers, detail::Executor& executor) {
  for (auto& answer : answers) {
    if (auto* future = std::get_if<std::shared_ptr<detail::FutureState<Receipt>>>(&answer.waiter)) {
      (*future)->set(std::move(answer.result), executor);
    } else if (auto* slot = std::get_if<BatchSlot>(&answer.waiter)) {
      fill_slot(*slot, std::move(answer.result), executor);
    }
  }
  if (std::ranges::none_of(answers, is_completion)) return;
  // Shared, as a std::function must be copyable; nobody copies it.
  executor.post([rest = std::make_shared<Answers>(std::move(answers))] {
    for (auto& answer : *rest) {
      if (!is_completion(answer)) continue;
      try {
        std::get<PublishCompletion>(answer.waiter)(std::move(answer.result));
      } catch (...) {  // one that throws must not take the others' results with it
      }
    }
  });
}

}  // namespace ductape::inline v0::pipeline
