// SPDX-License-Identifier: Apache-2.0
#include <ductape/registry.hpp>

#include <gtest/gtest.h>

#include "src/registry/registry_core.h"

namespace ductape::inline v0 {
namespace {

struct Shop : testing::Test {
  Registry registry = Registry::open("memory:").value();
  Broker orders;
  TopicDefinition created_topic;

  void SetUp() override {
    (void)registry.create(Product{.tag = "shop"}).value();
    orders = registry.create(Broker{.product = "shop", .tag = "orders", .envs = {{.slug = "dev"}}}).value();
    created_topic = registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "new"}).value();
  }
  Result<GroupDefinition> group(const char* name) {
    return registry.create(GroupDefinition{.product = "shop", .event = "orders:new", .name = name});
  }
};

template <class T>
std::string failure(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().name()) + " " + result.error().message;
}

TEST_F(Shop, WhatIsCreatedIsThere) {
  (void)group("billing").value();
  EXPECT_EQ(registry.product("shop").value().name, "shop");
  EXPECT_EQ(registry.broker("shop", "orders").value().envs[0].type, "LOCAL");
  EXPECT_EQ(registry.topic("shop", "orders:new").value().event(), "orders:new");
  EXPECT_EQ(registry.group("shop", "orders:new", "billing").value().from, "latest");
  EXPECT_EQ(registry.products().value().size(), 1u);
  EXPECT_EQ(registry.brokers("shop").value().size(), 1u);
  EXPECT_EQ(registry.topics("shop").value().size(), 1u);
  EXPECT_EQ(registry.topics("shop", "orders").value().size(), 1u);
  EXPECT_EQ(registry.groups("shop").value().size(), 1u);
  EXPECT_EQ(registry.groups("shop", "orders:new").value().size(), 1u);
  EXPECT_EQ(registry.directory(), "");
}

TEST_F(Shop, CreatingAgainIsRefused) {
  (void)group("billing").value();
  EXPECT_EQ(failure(registry.create(Product{.tag = "shop"})), R"(ALREADY_EXISTS the product "shop" exists already)");
  EXPECT_EQ(failure(registry.create(orders)), R"(ALREADY_EXISTS the broker "orders" exists already)");
  EXPECT_EQ(failure(registry.create(created_topic)), R"(ALREADY_EXISTS the topic "orders:new" exists already)");
  EXPECT_EQ(failure(group("billing")), R"(ALREADY_EXISTS the group "billing" of "orders:new" exists already)");
}

TEST_F(Shop, WhatIsNotThereHasItsDocumentedName) {
  EXPECT_EQ(failure(registry.product("shoop")),
            R"(PRODUCT_NOT_FOUND there is no product "shoop"; did you mean "shop"?)");
  EXPECT_EQ(failure(registry.broker("shop", "order")),
            R"(BROKER_NOT_FOUND the product "shop" has no broker "order"; did you mean "orders"?)");
  EXPECT_EQ(failure(registry.topic("shop", "orders:old")),
            R"(TOPIC_NOT_FOUND the broker "orders" of the product "shop" has no topic "old")");
  EXPECT_EQ(failure(registry.group("shop", "orders:new", "x")), R"(NOT_FOUND the topic "orders:new" has no group "x")");
  EXPECT_EQ(failure(registry.topic("shop", "orders")).substr(0, 20), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(failure(registry.brokers("x")).substr(0, 17), "PRODUCT_NOT_FOUND");
  EXPECT_EQ(failure(registry.topics("x")).substr(0, 17), "PRODUCT_NOT_FOUND");
  EXPECT_EQ(failure(registry.topics("shop", "x")).substr(0, 16), "BROKER_NOT_FOUND");
  EXPECT_EQ(failure(registry.groups("shop", "orders:x")).substr(0, 15), "TOPIC_NOT_FOUND");
  EXPECT_EQ(failure(registry.product("")), "INVALID_ARGUMENT no product is given");
  EXPECT_EQ(failure(registry.create(Broker{.product = "x", .tag = "b", .envs = {{.slug = "dev"}}})).substr(0, 17),
            "PRODUCT_NOT_FOUND");
  EXPECT_EQ(failure(registry.remove_group("shop", "orders:new", "x")).substr(0, 9), "NOT_FOUND");
}

TEST_F(Shop, ResolveAnswersFromTheSnapshot) {
  auto& core = *registry.core();
  const auto resolved = core.resolve("shop", "dev", "orders:new").value();
  EXPECT_EQ(resolved.broker.tag, "orders");
  EXPECT_EQ(resolved.env.type, "LOCAL");
  EXPECT_EQ(resolved.topic.tag, "new");
  EXPECT_EQ(failure(core.resolve("shop", "prd", "orders:new")),
            R"(BROKER_ENV_NOT_FOUND the broker "orders" has no environment "prd")");
  EXPECT_EQ(failure(core.resolve("shop", "dev", "orders:")).substr(0, 20), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(failure(core.resolve("x", "dev", "orders:new")).substr(0, 17), "PRODUCT_NOT_FOUND");
  EXPECT_EQ(failure(core.resolve("shop", "dev", "x:new")).substr(0, 16), "BROKER_NOT_FOUND");
  EXPECT_EQ(failure(core.resolve("shop", "dev", "orders:x")).substr(0, 15), "TOPIC_NOT_FOUND");
}

TEST_F(Shop, TheGenerationGrowsWithEachChangeOnly) {
  auto& core = *registry.core();
  const auto before = core.generation();
  core.poll();
  (void)registry.topics("shop").value();
  (void)group("a/b");                             // refused
  (void)registry.create(Product{.tag = "shop"});  // refused
  EXPECT_EQ(core.generation(), before);
  (void)group("billing").value();
  EXPECT_EQ(core.generation(), before + 1);
}

TEST_F(Shop, UpdateReplacesWhatWasFetched) {
  orders.description = "events of orders";
  orders.envs.push_back({.slug = "prd", .type = "local"});
  const auto updated = registry.update(orders).value();
  EXPECT_GT(updated.revision, orders.revision);
  EXPECT_EQ(registry.broker("shop", "orders").value().description, "events of orders");
  EXPECT_EQ(registry.broker("shop", "orders").value().envs[1].type, "LOCAL");
  EXPECT_EQ(registry.topics("shop", "orders").value().size(), 1u);  // they stay
}

TEST_F(Shop, AStaleUpdateIsAConflict) {
  const auto stale = orders;
  (void)registry.update(orders).value();
  EXPECT_EQ(failure(registry.update(stale)).substr(0, 46), R"(CONFLICT the broker "orders" was changed meanw)");
  auto without = created_topic;
  without.revision = 0;
  EXPECT_EQ(failure(registry.update(without)).substr(0, 8), "CONFLICT");
  // Nor does one survive that the record was deleted and made again.
  registry.remove_topic("shop", "orders:new").value();
  (void)registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "new"}).value();
  EXPECT_EQ(failure(registry.update(created_topic)).substr(0, 8), "CONFLICT");
}

TEST_F(Shop, WhatIsNeededIsNotDeleted) {
  (void)group("billing").value();
  (void)group("audit").value();
  EXPECT_EQ(failure(registry.remove_product("shop")), R"(CONFLICT the product "shop" still has brokers: orders)");
  EXPECT_EQ(failure(registry.remove_broker("shop", "orders")), R"(CONFLICT the broker "orders" still has topics: new)");
  EXPECT_EQ(failure(registry.remove_topic("shop", "orders:new")),
            R"(CONFLICT the topic "orders:new" still has groups: audit, billing)");
  registry.remove_group("shop", "orders:new", "billing").value();
  registry.remove_group("shop", "orders:new", "audit").value();
  registry.remove_topic("shop", "orders:new").value();
  registry.remove_broker("shop", "orders").value();
  registry.remove_product("shop").value();
  EXPECT_TRUE(registry.products().value().empty());
}

TEST_F(Shop, OrderedIsFixedOnceAGroupExists) {
  created_topic.ordered = true;
  const auto ordered = registry.update(created_topic).value();
  (void)group("billing").value();
  auto changed = ordered;
  changed.ordered = false;
  EXPECT_EQ(failure(registry.update(changed)),
            "CONFLICT `ordered` is fixed once a group exists: the topic \"orders:new\" still has groups: billing");
  changed.ordered = true;
  changed.description = "still changes";
  EXPECT_TRUE(registry.update(changed));
}

TEST_F(Shop, BadInputIsRefusedBeforeAnythingIsStored) {
  const auto before = registry.core()->generation();
  EXPECT_EQ(failure(registry.create(Product{.tag = "Shop"})).substr(0, 20), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(failure(registry.create(Product{.tag = ""})).substr(0, 20), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(failure(registry.create(Broker{.product = "shop", .tag = "b"})).substr(0, 16), "INVALID_ARGUMENT");
  EXPECT_EQ(failure(registry.create(Broker{.product = "shop", .tag = "b", .envs = {{.slug = "dev", .config = "[]"}}})),
            "INVALID_ARGUMENT /envs/0/config: expected an object, found an array");
  EXPECT_EQ(failure(registry.create(Broker{.product = "shop", .tag = "b", .envs = {{.slug = "dev", .type = "lokal"}}})),
            R"(INVALID_ARGUMENT /envs/0/type: unknown type "LOKAL"; did you mean "LOCAL"?)");
  EXPECT_EQ(
      failure(registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "x", .sample = "[1]"})),
      "INVALID_ARGUMENT /sample: a sample is a JSON object, found an array");
  EXPECT_EQ(failure(registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "x", .sample = "{"}))
                .substr(0, 41),
            "INVALID_ARGUMENT /sample: not valid JSON,");
  EXPECT_EQ(failure(group("a b")),
            R"(INVALID_ARGUMENT /name: group name "a b": character " " at position 2 is not allowed)");
  EXPECT_EQ(registry.core()->generation(), before);
}

}  // namespace
}  // namespace ductape::inline v0
