// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "src/pipeline/held.h"
#include "src/pipeline/place.h"
#include "src/policy/fetch_watch.h"
#include "src/policy/reconnect.h"

namespace ductape::inline v0::detail {
class SubscriptionCore;
}

namespace ductape::inline v0::pipeline {

/// One place a subscription reads from (the topic, or the group's private address) and the session that does it. A
/// plain part of its subscription, whose lock guards it; passes what the driver says on to it.
class Source final : public driver::ConsumeSink {
 public:
  Source(detail::SubscriptionCore& subscription, driver::Role what, const Place& at, driver::Deadline now)
      : role(what), place(&at), watch(now), subscription_(subscription) {}

  [[nodiscard]] const driver::Address& address() const {
    return role == driver::Role::main ? place->route->address : place->retry;
  }

  const driver::Role role;  // main, or the group's private address
  const Place* place;
  std::unique_ptr<driver::Consumer> session;
  std::unordered_map<driver::Tag, Held*> held;
  std::vector<driver::Settle> outcomes;  // not handed to the driver yet
  std::size_t unanswered = 0;            // outcomes the driver has not answered
  std::vector<std::uint32_t> revoked;    // scopes that go once their handlers ended
  std::size_t window = 0;                // as last told to the driver
  policy::Reconnect reconnect;
  policy::FetchWatch watch;
  bool connected = false;
  bool worked = false;         // it was connected once
  bool asking = false;         // what waits at the provider
  Error trouble;               // why the last session ended, until the next one works
  bool ended_already = false;  // the session reported its end and waits to be destroyed
  bool leaving = false;        // another took its place; it ends when what it handed out has its outcomes
  bool superseded = false;     // by one at another provider: it goes when nothing comes any more
  bool brought = false;        // something, since that was last looked at
  bool stopped = false;

  // driver::ConsumeSink
  void delivered(std::span<driver::Delivered> messages) override;
  void settled(std::span<const driver::Settled> answers) override;
  void revoking(std::span<const std::uint32_t> scopes, driver::Deadline deadline) override;
  void lost(std::span<const driver::Tag> tags, Error why) override;
  void alive(driver::Deadline last_fetch) override;
  void gap(std::uint32_t scope, std::uint64_t messages) override;
  void ended(Error why) override;

 private:
  detail::SubscriptionCore& subscription_;
};

}  // namespace ductape::inline v0::pipeline
