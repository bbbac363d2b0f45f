// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/stage.h"

#include <random>
#include <thread>

namespace ductape::inline v0::testing::conformance {
namespace {

std::string new_product() {
  std::random_device random;
  std::string tag = "conf-";
  for (int i = 0; i < 8; ++i) tag += "0123456789abcdef"[random() % 16];
  return tag;
}

template <class T>
void made_or_there(const Result<T>& result, const std::string& what, Where where = Where::here()) {
  if (!result && result.error().code != Errc::already_exists) fail(what + ": " + to_text(result.error()), where);
}

}  // namespace

Stage::Stage(Harness& harness, std::string product)
    : harness_(harness), product_(product.empty() ? new_product() : std::move(product)) {}

Stage::~Stage() {
  if (auto* faults = harness_.faults()) {
    faults->thaw();
    faults->start();
    faults->resume();
  }
  // A kept delivery would hold up its subscription's end.
  for (auto& kept : kept_) kept.end();
  blocking([this] {
    subscriptions_.clear();
    clients_.clear();
    return 0;
  });
}

Client& Stage::open(ClientOptions options) {
  if (options.product.empty()) options.product = product_;
  if (options.env.empty()) options.env = "dev";
  return clients_.emplace_back(harness_.client(std::move(options)));
}

Client& Stage::client() { return clients_.empty() ? open() : clients_.front(); }

std::string Stage::declare(const std::string& event, const Topic& topic) {
  auto registry = client().registry();
  const auto product = topic.product.empty() ? product_ : topic.product;
  const auto colon = event.find(':');
  const auto config = topic.config.empty() ? harness_.config() : topic.config;
  Broker broker{.product = product, .tag = event.substr(0, colon)};
  for (const auto* slug : {"dev", "staging"})
    broker.envs.push_back({.slug = slug, .type = harness_.type(), .config = config});
  made_or_there(registry.create(Product{.tag = product}), "create product " + product);
  made_or_there(registry.create(std::move(broker)), "create the broker of " + event);
  made_or_there(registry.create(TopicDefinition{.product = product,
                                                .broker = event.substr(0, colon),
                                                .tag = event.substr(colon + 1),
                                                .ordered = topic.ordered}),
                "create topic " + event);
  return event;
}

Receipt Stage::publish(const std::string& event, std::string body, PublishOptions options, Where where) {
  auto future = client().publish({.event = event, .message = std::move(body)}, std::move(options));
  return must(future.get_for(milliseconds(15'000)), "publish to " + event, where);
}

std::vector<std::string> Stage::publish_many(const std::string& event, const std::string& prefix, int count,
                                             const std::string& key, Where where) {
  std::vector<std::string> ids;
  std::vector<BatchItem> batch;
  for (int i = 1; i <= count; ++i) {
    const auto id = prefix + "-" + std::to_string(i);
    ids.push_back(id);
    batch.push_back({.message = id, .options = {.key = key, .id = id, .content_type = "text/plain"}});
  }
  auto topic = must(client().topic(event), "topic " + event, where);
  auto results = must(topic.publish_batch(std::move(batch)).get_for(milliseconds(15'000)), "publish_batch", where);
  check_equal(results.size(), ids.size(), "results of a batch", where);
  for (std::size_t i = 0; i < results.size(); ++i)
    check_equal(must(std::move(results[i]), "message " + ids[i] + " of a batch", where).id, ids[i], "receipt id",
                where);
  return ids;
}

Subscription& Stage::pull(const std::string& event, SubscribeOptions options, Where where) {
  return keep(must(client().subscribe({.event = event}, std::move(options)), "subscribe without a handler", where));
}

Subscription& Stage::keep(Subscription subscription) { return subscriptions_.emplace_back(std::move(subscription)); }

Result<void> Stage::close(Subscription& subscription, milliseconds deadline) {
  return blocking([&] { return subscription.close(deadline); });
}

std::vector<Delivery> Stage::receive(Subscription& subscription, std::size_t most, milliseconds wait, Where where) {
  return must(blocking([&] { return subscription.receive(most, wait); }), "receive", where);
}

void Stage::wait_until(const std::string& what, const std::function<bool()>& holds,
                       const std::function<std::string()>& seen, milliseconds limit, Where where) {
  constexpr milliseconds step(5);
  // Where the provider's time is virtual it passes faster than the case's own threads run: they get some real time too.
  const auto least = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  for (milliseconds waited(0); !holds();) {
    if (waited < limit) {
      harness_.pass(step);
      waited += step;
    } else if (std::chrono::steady_clock::now() < least) {
      std::this_thread::sleep_for(milliseconds(1));
    } else {
      fail("waited " + std::to_string(limit.count()) + " ms for " + what + (seen ? "; saw " + seen() : ""), where);
    }
  }
}

void Stage::wait_for(const Received& received, std::size_t count, Where where) {
  wait_until(
      std::to_string(count) + " deliveries", [&] { return received.count() >= count; },
      [&] { return std::to_string(received.count()) + ": " + to_text(received.ids()); }, milliseconds(15'000), where);
}

void Stage::wait_for(const Kept& kept, std::size_t count, Where where) {
  wait_until(
      std::to_string(count) + " deliveries to be kept", [&] { return kept.total() >= count; },
      [&] { return std::to_string(kept.total()); }, milliseconds(15'000), where);
}

GroupStatus Stage::show(const std::string& event, const std::string& group, Where where) {
  return must(client().groups().show({.event = event, .group = group}), "show group " + group, where);
}

bool Stage::nothing_left(const std::string& event, const std::string& group, const Subscription& subscription) {
  constexpr milliseconds a_while(4'000);
  const auto status = show(event, group);
  if (can().lag_known) return status.lag == 0;
  const auto stats = subscription.stats();
  if (stats.delivered != delivered_ || stats.in_flight > 0 || stats.parked > 0 || idle_since_.count() == 0) {
    delivered_ = stats.delivered;
    idle_since_ = now();
  }
  return status.waiting == 0 && now() - idle_since_ > a_while;
}

}  // namespace ductape::inline v0::testing::conformance
