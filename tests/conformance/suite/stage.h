// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <future>

#include <ductape/testing/conformance.hpp>

#include "tests/conformance/suite/check.h"
#include "tests/conformance/suite/received.h"

namespace ductape::inline v0::testing::conformance {

using std::chrono::milliseconds;

/// A case fails when it waited so long.
constexpr milliseconds usual_wait(15'000);

/// What a case stands on: a harness, a product of its own, and everything the case opens. At the end it mends what the
/// case broke and closes all of it in the right order, also after a failed check, so a case keeps references only.
class Stage {
 public:
  /// With an empty product it invents one.
  explicit Stage(Harness& harness, std::string product = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] Harness& harness() const { return harness_; }
  [[nodiscard]] driver::Capabilities can() const { return harness_.provider().capabilities(); }
  [[nodiscard]] std::string provider() const { return std::string(harness_.provider().name()); }
  [[nodiscard]] const std::string& product() const { return product_; }

  /// The first client: product as above, env `dev`.
  Client& client();
  /// One more; empty product and env are filled in.
  Client& open(ClientOptions options = {});

  struct Topic {
    bool ordered = false;
    std::string product = {};  // empty: the stage's
    std::string config = {};   // of the broker; empty: the harness's
  };
  /// Declares `brokerTag:topicTag` with its product and broker, which has the envs `dev` and `staging`. Returns the
  /// event.
  std::string declare(const std::string& event, const Topic& topic);
  std::string declare(const std::string& event) { return declare(event, Topic()); }
  std::string declare_ordered(const std::string& event) { return declare(event, Topic{.ordered = true}); }

  /// Publishes and waits for the receipt, which must come.
  Receipt publish(const std::string& event, std::string body, PublishOptions options = {}, Where where = Where::here());
  /// `prefix-1` to `prefix-count`, ids and bodies alike, confirmed. Returns them.
  std::vector<std::string> publish_many(const std::string& event, const std::string& prefix, int count,
                                        const std::string& key = {}, Where where = Where::here());

  template <class Handler>
  Subscription& subscribe(Client& on, const std::string& event, SubscribeOptions options, Handler handler,
                          Where where = Where::here()) {
    return keep(must(on.subscribe({.event = event}, std::move(options), std::move(handler)), "subscribe", where));
  }
  template <class Handler>
  Subscription& subscribe(const std::string& event, SubscribeOptions options, Handler handler,
                          Where where = Where::here()) {
    return subscribe(client(), event, std::move(options), std::move(handler), where);
  }
  Subscription& pull(const std::string& event, SubscribeOptions options, Where where = Where::here());
  /// Owns what a case subscribed by itself.
  Subscription& keep(Subscription subscription);
  Received& received() { return received_.emplace_back(); }
  Kept& kept() { return kept_.emplace_back(); }
  /// Anything else that handlers and completions use: they may run until the clients are closed.
  template <class T>
  T& own() {
    auto made = std::make_shared<T>();
    T& object = *made;
    owned_.push_back(std::move(made));
    return object;
  }

  /// Runs a call that blocks while the provider's time passes.
  template <class Call>
  auto blocking(Call call) {
    auto result = std::async(std::launch::async, std::move(call));
    while (result.wait_for(milliseconds(1)) != std::future_status::ready) harness_.pass(milliseconds(5));
    return result.get();
  }
  Result<void> close(Subscription& subscription, milliseconds deadline = milliseconds(10'000));
  std::vector<Delivery> receive(Subscription& subscription, std::size_t most, milliseconds wait = milliseconds(10'000),
                                Where where = Where::here());

  /// Lets time pass until `holds`; fails with what `seen` says if it does not within the limit.
  void wait_until(const std::string& what, const std::function<bool()>& holds,
                  const std::function<std::string()>& seen = {}, milliseconds limit = usual_wait,
                  Where where = Where::here());
  void wait_for(const Received& received, std::size_t count, Where where = Where::here());
  void wait_for(const Kept& kept, std::size_t count, Where where = Where::here());
  /// The provider's time.
  [[nodiscard]] milliseconds now() const { return harness_.now(); }
  /// Time for what must not happen to happen.
  void rest(milliseconds time = milliseconds(300)) { harness_.pass(time); }

  GroupStatus show(const std::string& event, const std::string& group, Where where = Where::here());
  /// Whether the group has nothing to do any more. Where the provider knows no lag: nothing is ready there, and the
  /// subscription has had nothing for a while, so that what others had would have come to it.
  bool nothing_left(const std::string& event, const std::string& group, const Subscription& subscription);

 private:
  Harness& harness_;
  const std::string product_;
  std::vector<std::shared_ptr<void>> owned_;
  std::deque<Client> clients_;
  std::deque<Received> received_;
  std::deque<Kept> kept_;
  std::deque<Subscription> subscriptions_;
  std::uint64_t delivered_ = 0;  // and since when, for `nothing_left`
  milliseconds idle_since_{0};
};

}  // namespace ductape::inline v0::testing::conformance
