// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/provider.h"
#include "providers/local/sessions_test.h"

namespace ductape::inline v0::local::test {

/// Waits for the answer of an asynchronous call.
template <class T>
Result<T> ask(const std::function<void(driver::Done<T>)>& call) {
  auto monitor = std::make_shared<Monitor>();
  auto answer = std::make_shared<std::optional<Result<T>>>();
  call([=](Result<T> result) {
    const std::lock_guard lock(monitor->mutex);
    *answer = std::move(result);
    monitor->changed.notify_all();
  });
  if (!monitor->until([&] { return answer->has_value(); }))
    return Error{.code = Errc::timed_out, .message = "no answer"};
  const std::lock_guard lock(monitor->mutex);
  return **answer;
}

/// A connection to the broker `shop.dev.events` with what tests ask of it.
class Broker {
 public:
  explicit Broker(const std::string& directory, driver::Runtime& runtime)
      : connection_(provider_local().open({.directory = directory}, runtime).value()) {}

  driver::Connection& operator*() { return *connection_; }
  driver::Connection* operator->() { return connection_.get(); }

  static driver::TopicSpec topic(std::string_view tag, bool ordered = false) {
    return {.product = "shop", .env = "dev", .broker = "events", .topic = tag, .ordered = ordered};
  }
  driver::Address address(std::string_view tag, bool ordered = false) {
    return connection_->address(topic(tag, ordered), driver::Role::main, {}).value();
  }
  driver::Address retries(std::string_view tag, std::string_view group, bool ordered = false) {
    return connection_->address(topic(tag, ordered), driver::Role::retry, group).value();
  }
  driver::Address dead_letters(std::string_view tag, std::string_view group) {
    return connection_->address(topic(tag), driver::Role::dead_letter, group).value();
  }
  Result<driver::Topology> provision(const driver::TopicSpec& spec, std::vector<driver::GroupSpec> groups,
                                     bool create = true) {
    return ask<driver::Topology>([&](auto done) { connection_->provision(spec, groups, create, done); });
  }
  Result<driver::GroupState> inspect(const driver::Address& main, std::string_view group) {
    return ask<driver::GroupState>([&](auto done) { connection_->inspect(main, group, done); });
  }
  Result<void> forget(const driver::Address& main, std::string_view group) {
    return ask<void>([&](auto done) { connection_->forget(main, group, done); });
  }
  Result<void> reset(const driver::Address& main, std::string_view group, std::string_view to) {
    return ask<void>([&](auto done) { connection_->reset(main, group, to, done); });
  }
  Result<driver::Probe> probe() {
    return ask<driver::Probe>([&](auto done) { connection_->probe(driver::Clock::now() + 10s, done); });
  }

 private:
  std::unique_ptr<driver::Connection> connection_;
};

}  // namespace ductape::inline v0::local::test
