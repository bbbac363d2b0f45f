// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include <ductape/client.hpp>
#include <ductape/units.hpp>

#include "src/client/meter.h"
#include "src/client/route_table.h"
#include "src/client/surroundings.h"
#include "src/client/teller.h"
#include "src/observe/log.h"
#include "src/pipeline/broker_connection.h"
#include "src/pipeline/subscription_core.h"
#include "src/registry/registry_core.h"
#include "src/runtime/threaded_runtime.h"

namespace ductape::inline v0::detail {

/// What `Client` is a handle of: routes, connections and subscriptions, on one runtime.
class ClientCore final : public Executor {
 public:
  ClientCore(ClientOptions options, Registry registry, Surroundings surroundings);
  ~ClientCore();

  void post(std::function<void()> task) override { runtime_->post(std::move(task)); }

  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Registry& registry() const noexcept { return registry_; }
  [[nodiscard]] driver::Runtime& runtime() noexcept { return *runtime_; }

  /// The cell of an event; an empty product or env is the client's.
  client::RouteCell& cell(std::string_view product, std::string_view env, std::string_view event);
  /// The present route of a cell: without a lock unless the registry changed.
  Result<const pipeline::Route*> route(client::RouteCell& cell) { return route(cell, runtime_->now()); }
  Result<const pipeline::Route*> route(client::RouteCell& cell, driver::Deadline now);

  /// Takes message and options from where they lie.
  void publish(client::RouteCell& cell, std::string& message, PublishOptions& options, pipeline::Waiter waiter);
  void publish_batch(client::RouteCell& cell, std::vector<BatchItem> messages, std::shared_ptr<pipeline::Batch> batch);
  Result<std::shared_ptr<SubscriptionCore>> subscribe(client::RouteCell& cell, SubscribeOptions options,
                                                      DeliveryHandler handler);

  std::optional<Error> check_schema(const pipeline::Route& route, std::string_view body, std::string_view content_type);

  /// Makes the group at its provider; blocks.
  Result<void> provision(const pipeline::Route& route, const GroupDefinition& group);

  /// Runs an asynchronous call of a driver and waits for its answer.
  template <class T, class Start>
  Result<T> await(std::string_view what, Start start, driver::Millis patience = std::chrono::seconds(30));

  /// For a provider that does not count them itself.
  void count_removed(const pipeline::Route& route, std::string_view group, std::uint64_t messages);

  Health health(driver::Millis patience);
  std::vector<Finding> diagnose(driver::Millis patience);
  void notice(const Notice& notice) { noticing()(notice); }

  bool close(driver::Deadline deadline);
  /// Calls `changed` whenever a subscription ends; replaces the earlier one.
  void watch(std::function<void()> changed);
  /// Subscriptions that run, and whether one ended with a failure.
  struct Running {
    std::size_t subscriptions = 0;
    bool failed = false;
  };
  Running running();

 private:
  Result<std::shared_ptr<const pipeline::Route>> make_route(const registry::Resolved& resolved,
                                                            std::string_view product);
  Result<pipeline::BrokerConnection*> connection(const registry::Resolved& resolved, std::string_view product);
  Result<GroupDefinition> ensure_group(const pipeline::Route& route, const SubscribeOptions& options);
  /// Why a publish cannot be: to a topic that is not there and may not be made, or that requires a server which keeps
  /// what it confirms. Blocks, for such topics, until that is known.
  std::optional<Error> unfit(const pipeline::Route& route, driver::Millis patience) {
    const bool there = route.may_provision || route.seen->load(std::memory_order_relaxed);
    if (there && route.durability != Durability::require) return std::nullopt;
    auto why = there ? std::nullopt : refuse_missing(route, patience);
    return why || route.durability != Durability::require ? why : refuse_forgetful(route, patience);
  }
  std::optional<Error> refuse_missing(const pipeline::Route& route, driver::Millis patience);
  std::optional<Error> refuse_forgetful(const pipeline::Route& route, driver::Millis patience);
  /// What of a topic is missing at its provider, or why that cannot be told; blocks.
  std::optional<Error> missing(const pipeline::Route& route, driver::Millis patience);
  /// Why the topic, or the retries and dead letters of its groups, may not be published to; blocks.
  std::optional<Error> may_not_publish(const pipeline::Route& to, const std::vector<GroupDefinition>& groups,
                                       driver::Millis patience);
  /// What is to be said of a topic at its provider, if anything is.
  std::optional<Finding> look_at(const TopicDefinition& topic, const std::vector<GroupDefinition>& groups,
                                 driver::Millis patience);
  void poll_registry(driver::Deadline now);
  /// The same route, or what the registry says now.
  const pipeline::Route* renewed(const pipeline::Route& route);
  /// What is to be done each second.
  void beat();
  void follow();
  void retire_connections();
  void lead(const std::shared_ptr<SubscriptionCore>& core, const pipeline::Route* to);
  std::vector<client::Meter::Counted> counted();
  /// Says a notice to log and program; may outlive this.
  std::function<void(const Notice&)> noticing() const;
  std::vector<std::shared_ptr<SubscriptionCore>> subscriptions();
  void add_trace(PublishOptions& options, std::string_view event);

  const ClientOptions options_;
  const Registry registry_;
  runtime::ThreadedRuntime* threads_ = nullptr;  // runtime_, if it is our own
  std::shared_ptr<driver::Runtime> runtime_;
  const std::function<const driver::Provider*(std::string_view)> find_provider_;
  std::atomic<driver::Deadline::rep> next_poll_ = 0;
  client::Teller teller_;
  const std::shared_ptr<const observe::Log> log_;
  std::shared_ptr<client::Ticker> beat_;
  std::shared_ptr<client::Meter> meter_;  // null: nobody wants to know

  client::RouteTable table_;
  std::mutex mutex_;
  struct Opened {
    std::string what;  // as health calls it
    std::shared_ptr<pipeline::BrokerConnection> connection;
    std::optional<driver::Deadline> unused_since = {};
  };
  std::map<std::string, Opened> connections_;
  std::vector<std::shared_ptr<pipeline::BrokerConnection>> retired_;  // closed; superseded routes still name them
  // Superseded routes stay: somebody may be reading one. They change only when a person changes the registry.
  std::map<const pipeline::Route*, std::shared_ptr<const pipeline::Route>> routes_;
  struct Subscribed {
    std::weak_ptr<SubscriptionCore> core;
    client::RouteCell* cell;
    driver::Deadline follow_at = {};  // not before
  };
  std::vector<Subscribed> subscriptions_;
  std::size_t open_subscriptions_ = 0;  // whose end has not been told yet
  std::condition_variable all_ended_;
  std::set<std::string> warned_;
  std::function<void()> watcher_;
  bool closed_ = false;
};

/// A group's policy at its birth: what the call sets, else what the topic says.
[[nodiscard]] RetryPolicy retry_policy(const RetryOptions& options, const RetryPolicy& otherwise);

/// What `Topic` is a handle of.
class TopicCore {
 public:
  TopicCore(ClientCore& owner, client::RouteCell& of) : client(owner), cell(of) {}
  ClientCore& client;
  client::RouteCell& cell;
};

template <class T, class Start>
Result<T> ClientCore::await(std::string_view what, Start start, driver::Millis patience) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<Result<T>> result;
  };
  auto answer = std::make_shared<Answer>();
  start([answer](Result<T> result) {
    std::lock_guard lock(answer->mutex);
    answer->result.emplace(std::move(result));
    answer->ready.notify_all();
  });
  std::unique_lock lock(answer->mutex);
  if (!answer->ready.wait_for(lock, patience, [&] { return answer->result.has_value(); }))
    return Error{.code = Errc::timed_out,
                 .message = std::string(what) + ": no answer within " + format_duration(patience)};
  return std::move(*answer->result);
}

}  // namespace ductape::inline v0::detail
