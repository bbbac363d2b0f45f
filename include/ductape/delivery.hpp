// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <ductape/message.hpp>
#include <ductape/result.hpp>

namespace ductape::inline v0 {

/// Thrown by a handler: this message will never succeed; it goes to the dead letters with this text, untried again.
class Reject : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Called once with what became of an outcome: success once the provider took it, `lost` if it no longer honours this
/// delivery (its message comes again). Runs on one of the client's workers and must not block.
using SettleCompletion = std::function<void(Result<void>)>;

namespace detail {

enum class Outcome : std::uint8_t { ack, retry, dead_letter, undecodable, abandoned };

/// Where the outcome of a delivery goes.
class Settler {
 public:
  struct Decision {
    Outcome outcome = Outcome::abandoned;
    std::optional<std::chrono::milliseconds> delay = {};  // of a retry; else the policy's back-off
    std::string reason = {};
    SettleCompletion completion = {};
  };
  virtual void settle(Decision decision) noexcept = 0;

 protected:
  ~Settler() = default;
};

}  // namespace detail

/// A message together with the duty to say what became of it. Move-only; may be settled later and from any thread.
/// Settling consumes it: `std::move(delivery).ack()`. One that is destroyed unsettled counts as a failed attempt
/// (`abandoned`). Until it is settled it occupies one of its subscription's `concurrency` slots, but no worker, and its
/// lease is kept.
class Delivery {
 public:
  Delivery(Message message, std::shared_ptr<detail::Settler> settler)
      : context_(std::move(message)), settler_(std::move(settler)) {}
  Delivery(Delivery&&) noexcept = default;
  Delivery& operator=(Delivery&& other) noexcept {
    if (this != &other) {
      finish({});
      context_ = std::move(other.context_);
      settler_ = std::move(other.settler_);
    }
    return *this;
  }
  ~Delivery() { finish({}); }

  [[nodiscard]] const Message& message() const noexcept { return context_.message(); }
  [[nodiscard]] const Context& context() const noexcept { return context_; }

  /// Done: the group will not see this message again. Does not block.
  void ack(SettleCompletion completion = {}) && { finish({detail::Outcome::ack, {}, {}, std::move(completion)}); }
  /// A failed attempt: it comes again after `delay`, by default the policy's back-off; after the last attempt it is
  /// dead-lettered with `reason`. Does not block.
  void retry(std::optional<std::chrono::milliseconds> delay = {}, std::string reason = {},
             SettleCompletion completion = {}) && {
    finish({detail::Outcome::retry, delay, std::move(reason), std::move(completion)});
  }
  /// To the dead letters now, as one that will never succeed. Does not block.
  void dead_letter(std::string reason, SettleCompletion completion = {}) && {
    finish({detail::Outcome::dead_letter, {}, std::move(reason), std::move(completion)});
  }

  /// To the dead letters now, as one whose bytes could not be read. Does not block.
  void undecodable(std::string error) && { finish({detail::Outcome::undecodable, {}, std::move(error), {}}); }

 private:
  void finish(detail::Settler::Decision decision) noexcept {
    if (auto settler = std::exchange(settler_, nullptr)) settler->settle(std::move(decision));
  }
  Context context_;
  std::shared_ptr<detail::Settler> settler_;
};

}  // namespace ductape::inline v0
