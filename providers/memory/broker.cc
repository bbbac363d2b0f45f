// SPDX-License-Identifier: Apache-2.0
#include <ductape/testing/broker.hpp>

#include <algorithm>

#include "providers/memory/provider.h"
#include "providers/memory/session.h"
#include "providers/memory/virtual_runtime.h"
#include "src/client/surroundings.h"

namespace ductape::inline v0::testing {

struct Broker::Impl {
  const std::shared_ptr<memory::VirtualRuntime> runtime = std::make_shared<memory::VirtualRuntime>();
  const std::shared_ptr<memory::Server> server = std::make_shared<memory::Server>();
  const memory::Provider provider{server};
  Registry registry = Registry::open("memory:").value();

  void change(const std::function<void(memory::Faults&)>& what) const {
    std::lock_guard lock(server->mutex);
    what(server->faults);
  }
};

namespace {

template <class T>
void made_or_there(const Result<T>& result) {
  if (!result && result.error().code != Errc::already_exists) result.value();
}

std::string native_of(std::string_view product, std::string_view env, std::string_view event) {
  const auto colon = std::min(event.find(':'), event.size());
  return memory::native_name(product, env, event.substr(0, colon), event.substr(std::min(colon + 1, event.size())));
}

}  // namespace

Broker::Broker() : impl_(std::make_unique<Impl>()) {}
Broker::~Broker() = default;

Client Broker::client(ClientOptions options) {
  Registry registry = options.store.empty() ? impl_->registry : Registry::open(options.store).value();
  return detail::open_client(std::move(options), std::move(registry),
                             {.runtime = impl_->runtime,
                              .find_provider = [provider = &impl_->provider](std::string_view) { return provider; }})
      .value();
}

const driver::Provider& Broker::provider() const { return impl_->provider; }

void Broker::declare(std::string_view product, std::string_view event, bool ordered) {
  const auto colon = std::min(event.find(':'), event.size());
  const std::string owner(product), broker(event.substr(0, colon));
  made_or_there(impl_->registry.create(Product{.tag = owner}));
  ductape::Broker definition{.product = owner, .tag = broker};
  for (const auto* env : {"dev", "test", "staging", "prd"}) definition.envs.push_back({.slug = env});
  made_or_there(impl_->registry.create(std::move(definition)));
  made_or_there(
      impl_->registry.create(TopicDefinition{.product = owner,
                                             .broker = broker,
                                             .tag = std::string(event.substr(std::min(colon + 1, event.size()))),
                                             .ordered = ordered}));
}

std::chrono::milliseconds Broker::now() const { return impl_->runtime->elapsed(); }
void Broker::run_until_idle() { impl_->runtime->run_until_idle(); }
void Broker::advance(std::chrono::milliseconds by) { impl_->runtime->advance(by); }

void Broker::duplicate_deliveries(std::uint32_t every_nth) {
  impl_->change([&](memory::Faults& faults) { faults.duplicate_every = every_nth, faults.handed = 0; });
}

void Broker::delay_deliveries(std::chrono::milliseconds by) {
  impl_->change([&](memory::Faults& faults) { faults.delay = by; });
}

void Broker::reorder_deliveries(bool on) {
  impl_->change([&](memory::Faults& faults) { faults.reorder = on; });
}

void Broker::refuse_publishes(std::uint32_t next, Errc code) {
  impl_->change([&](memory::Faults& faults) { faults.refuse = next, faults.refuse_code = code; });
}

void Broker::lose_receipts(std::uint32_t next) {
  impl_->change([&](memory::Faults& faults) { faults.lose_receipts = next; });
}

void Broker::cut() {
  std::lock_guard lock(impl_->server->mutex);
  impl_->server->cut();
}

void Broker::freeze(bool on) { impl_->server->freeze(on); }

void Broker::take_down(bool on) {
  std::lock_guard lock(impl_->server->mutex);
  impl_->server->take_down(on);
}

void Broker::forget_sessions() {
  std::lock_guard lock(impl_->server->mutex);
  impl_->server->forget_sessions();
}

std::uint64_t Broker::sessions() const {
  std::lock_guard lock(impl_->server->mutex);
  return impl_->server->last_session;
}

void Broker::expire_leases() {
  std::lock_guard lock(impl_->server->mutex);
  impl_->server->expire_leases(*impl_->runtime);
}

void Broker::overtake(std::string_view product, std::string_view env, std::string_view event, std::size_t messages) {
  std::lock_guard lock(impl_->server->mutex);
  if (auto* topic = impl_->server->find(native_of(product, env, event)))
    impl_->server->overtake(*topic, messages, *impl_->runtime);
}

std::vector<std::string> Broker::stored(std::string_view product, std::string_view env, std::string_view event) const {
  std::lock_guard lock(impl_->server->mutex);
  std::vector<std::string> bodies;
  auto* topic = impl_->server->find(native_of(product, env, event));
  if (topic == nullptr) return bodies;
  impl_->server->remove_old(*topic, impl_->runtime->wall());
  for (const auto& message : topic->log) bodies.push_back(message->body);
  return bodies;
}

}  // namespace ductape::inline v0::testing
