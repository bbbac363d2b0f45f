// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/runtime.hpp>

#include "providers/local/engine.h"
#include "providers/local/errors.h"

namespace ductape::inline v0::local {

/// An operation that answers a `Done<T>`: `answer` is its result if the transaction holds.
template <class T>
class Asked : public Operation {
 public:
  explicit Asked(driver::Done<T> done) : done_(std::move(done)) {}
  void report(const Error* failed) override { done_(failed ? Result<T>(*failed) : std::move(answer_)); }

 protected:
  void answer(Result<T> result) { answer_ = std::move(result); }

 private:
  driver::Done<T> done_;
  Result<T> answer_ = failure(Errc::internal, "no answer");
};

}  // namespace ductape::inline v0::local
