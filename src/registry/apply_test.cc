// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ductape/registry.hpp>

#include "src/registry/registry_core.h"

namespace ductape::inline v0 {
namespace {

using namespace std::chrono_literals;

constexpr auto file = R"(
product: shop
brokers:
  - tag: orders
    name: Order Events
    envs:
      - { slug: dev, type: LOCAL }
      - slug: prd
        type: local
        config: {}
    topics:
      - tag: new-orders                       # or orders:new-orders
        name: New Orders
        sample: { orderId: "12345", total: 99.99 }
        schema: warn                          # off | warn | enforce
        ordered: true
        policy: { max_attempts: 3, backoff: { min: 1s, max: 5m }, retention: 7d }
        groups: [ { name: billing, from: earliest }, { name: audit, policy: { max_attempts: 9 } } ]
      - tag: orders:refunds
)";

std::string summary(const Applied& applied) {
  std::string out;
  for (const auto& change : applied.changes)
    out.append(1, "+~-="[static_cast<int>(change.kind)]).append(change.object + "\n");
  return out;
}

struct Apply : testing::Test {
  Registry registry = Registry::open("memory:").value();

  std::string changes(std::string_view text, const ApplyOptions& options = {}) {
    const auto applied = registry.apply(text, options);
    return applied ? summary(*applied) : std::string(applied.error().name()) + " " + applied.error().message;
  }
};

TEST_F(Apply, StoresTheFileOfTheDocuments) {
  const auto applied = registry.apply(file).value();
  EXPECT_EQ(applied.product, "shop");
  EXPECT_EQ(summary(applied),
            "+product shop\n+broker orders\n+topic orders:new-orders\n+group orders:new-orders/billing\n"
            "+group orders:new-orders/audit\n+topic orders:refunds\n");
  ASSERT_EQ(applied.groups.size(), 2u);
  EXPECT_EQ(applied.groups[0].json(), registry.group("shop", "orders:new-orders", "billing").value().json());
  EXPECT_EQ(applied.groups[0].from, "earliest");
  EXPECT_EQ(applied.groups[0].retry, (RetryPolicy{3, 1s, 5min}));  // the topic's
  EXPECT_EQ(applied.groups[1].retry, (RetryPolicy{9, 1s, 5min}));
  const auto topic = registry.topic("shop", "orders:new-orders").value();
  EXPECT_EQ(topic.sample, R"({"orderId":"12345","total":99.99})");
  EXPECT_TRUE(topic.ordered);
  EXPECT_EQ(registry.broker("shop", "orders").value().envs.size(), 2u);
}

TEST_F(Apply, AgainChangesNothing) {
  (void)registry.apply(file).value();
  const auto before = registry.core()->generation();
  const auto revision = registry.broker("shop", "orders").value().revision;
  const auto again = registry.apply(file).value();
  EXPECT_EQ(summary(again),
            "=product shop\n=broker orders\n=topic orders:new-orders\n=group orders:new-orders/billing\n"
            "=group orders:new-orders/audit\n=topic orders:refunds\n");
  EXPECT_EQ(again.groups.size(), 2u);  // whose provider may not have them yet
  EXPECT_EQ(registry.broker("shop", "orders").value().revision, revision);
  EXPECT_EQ(registry.core()->generation(), before);
}

TEST_F(Apply, ChangesWhatTheFileNamesAndKeepsTheRest) {
  (void)registry.apply(file).value();
  EXPECT_EQ(
      changes("product: shop\nbrokers: [{tag: orders, description: d, topics: ["
              "{tag: new-orders, policy: {retention: 1d}, groups: [{name: audit, policy: {max_attempts: 2}}]}]}]"),
      "=product shop\n~broker orders\n~topic orders:new-orders\n~group orders:new-orders/audit\n");
  const auto broker = registry.broker("shop", "orders").value();
  EXPECT_EQ(broker.name, "Order Events");
  EXPECT_EQ(broker.envs.size(), 2u);
  const auto topic = registry.topic("shop", "orders:new-orders").value();
  EXPECT_EQ(topic.policy, (TopicPolicy{{3, 1s, 5min}, 24h}));
  EXPECT_EQ(registry.group("shop", "orders:new-orders", "audit").value().retry.max_attempts, 2u);
  EXPECT_EQ(registry.group("shop", "orders:new-orders", "billing").value().retry.max_attempts, 3u);
}

TEST_F(Apply, DryRunStoresNothing) {
  const auto before = registry.core()->generation();
  EXPECT_EQ(changes(file, {.dry_run = true}).substr(0, 30), "+product shop\n+broker orders\n+");
  EXPECT_TRUE(registry.products().value().empty());
  EXPECT_EQ(registry.core()->generation(), before);
  EXPECT_EQ(changes(file).substr(0, 14), "+product shop\n");
}

TEST_F(Apply, JsonIsTheSame) {
  EXPECT_EQ(
      changes(
          R"({"product_tag":"shop","brokers":[{"name":"B","tag":"b","envs":[{"tag":"prd","type":"LOCAL","config":{}}],
                        "topics":[{"name":"T","messageBrokerTag":"b","tag":"b:t","sample":{"x":1}}]}]})"),
      "+product shop\n+broker b\n+topic b:t\n");
}

TEST_F(Apply, TheProductMayComeFromOutside) {
  constexpr auto without = "brokers: [{tag: b, envs: [{slug: dev, type: LOCAL}]}]";
  EXPECT_EQ(changes(without), "INVALID_ARGUMENT the document: names no product");
  EXPECT_EQ(changes(without, {.product = "mine"}), "+product mine\n+broker b\n");
  EXPECT_EQ(changes("product: other\n", {.product = "mine"}), "+product other\n");
}

TEST_F(Apply, WhateverIsWrongStoresNothing) {
  const auto refused = [&](const std::string& brokers) { return changes("product: shop\nbrokers:\n" + brokers); };
  constexpr auto good = "  - {tag: a, envs: [{slug: dev, type: LOCAL}]}\n";
  constexpr auto envs = "envs: [{slug: dev, type: LOCAL}], ";
  const std::string ab = std::string(good) + "  - {tag: b, " + envs;
  EXPECT_EQ(refused(ab + "topic: []}"), R"(INVALID_ARGUMENT /brokers/1: unknown key "topic"; did you mean "topics"?)");
  EXPECT_EQ(refused(ab + "topics: [{tag: t}, {tag: u, orderd: true}]}"),
            R"(INVALID_ARGUMENT /brokers/1/topics/1: unknown key "orderd"; did you mean "ordered"?)");
  EXPECT_EQ(refused(ab + "topics: [{tag: t, groups: [{name: g, form: latest}]}]}"),
            R"(INVALID_ARGUMENT /brokers/1/topics/0/groups/0: unknown key "form"; did you mean "from"?)");
  EXPECT_EQ(
      refused(ab + "topics: [{tag: t, groups: [{name: g}, {name: h/i}]}]}"),
      R"(INVALID_ARGUMENT /brokers/1/topics/0/groups/1/name: group name "h/i": character "/" at position 2 is not allowed)");
  EXPECT_EQ(refused(ab + "topics: [{tag: other:t}]}"),
            R"(INVALID_ARGUMENT /brokers/1/topics/0/tag: the topic "other:t" does not belong to the broker "b")");
  EXPECT_EQ(
      refused(ab + "topics: [{tag: T}]}"),
      R"(EVENT_FORMAT_INVALID /brokers/1/topics/0/tag: topic tag "T": character "T" at position 1 is not allowed)");
  EXPECT_EQ(refused(ab + "topics: [{tag: t}, {tag: 'b:t'}]}"),
            "INVALID_ARGUMENT /brokers/1/topics/1: topic b:t is given twice");
  EXPECT_EQ(refused(std::string(good) + good), "INVALID_ARGUMENT /brokers/1: broker a is given twice");
  EXPECT_EQ(
      refused(ab + "topics: [{tag: t, policy: {max_attempts: many}}]}"),
      "INVALID_ARGUMENT /brokers/1/topics/0/policy/max_attempts: expected a whole number from 0 to 4294967295, found a "
      "string");
  EXPECT_EQ(refused(ab + "product: else}"),
            R"(INVALID_ARGUMENT /brokers/1/product: the file is about the product "shop", this is of "else")");
  EXPECT_EQ(refused(std::string(good) + "  - 5\n"),
            "INVALID_ARGUMENT /brokers/1: expected an object, found a whole number");
  EXPECT_EQ(
      refused(std::string(good) + "  - {tag: b, envs: [{slug: dev, type: LOCAL, config: {path: x}}]}\n").substr(0, 70),
      R"(INVALID_ARGUMENT /brokers/1/envs/0/config: unknown key "path")");
  EXPECT_EQ(changes("product: shop\nbroker: []\n"),
            R"(INVALID_ARGUMENT the document: unknown key "broker"; did you mean "brokers"?)");
  EXPECT_EQ(changes("product: Shop\n"),
            R"(EVENT_FORMAT_INVALID /product: product tag "Shop": character "S" at position 1 is not allowed)");
  EXPECT_EQ(changes("product: shop\nbrokers: [\n").substr(0, 40), "INVALID_ARGUMENT not valid YAML, line 3:");
  EXPECT_EQ(changes(""), "INVALID_ARGUMENT the document is empty");
  EXPECT_TRUE(registry.products().value().empty());
}

TEST_F(Apply, TheOrderOfATopicIsFixedOnceItHasGroupsTheRestChanges) {
  (void)registry.apply(file).value();
  const auto with = [](const char* topic) {
    return std::string("product: shop\nbrokers: [{tag: orders, topics: [{tag: new-orders, ") + topic + "}]}]";
  };
  EXPECT_EQ(changes(with("ordered: false")).substr(0, 63),
            "CONFLICT /brokers/0/topics/0: `ordered` is fixed once a group e");
  EXPECT_NE(changes(with("groups: [{name: billing, from: latest, mode: exclusive}]"))
                .find("~group orders:new-orders/billing\n"),
            std::string::npos);
  const auto group = registry.group("shop", "orders:new-orders", "billing").value();
  EXPECT_EQ(group.from, "latest");
  EXPECT_EQ(group.mode, Mode::exclusive);
}

TEST_F(Apply, PruneRemovesWhatTheFileDoesNotName) {
  (void)registry.apply(file).value();
  const auto text = "product: shop\nbrokers: [{tag: orders, topics: [{tag: new-orders, groups: [{name: audit}]}]}]";
  EXPECT_EQ(changes(text), "=product shop\n=broker orders\n=topic orders:new-orders\n=group orders:new-orders/audit\n");
  const auto dry = registry.apply(text, {.dry_run = true, .prune = true}).value();
  const auto pruned = registry.apply(text, {.prune = true}).value();
  EXPECT_EQ(summary(pruned), summary(dry));
  EXPECT_EQ(summary(pruned),
            "=product shop\n=broker orders\n=topic orders:new-orders\n=group orders:new-orders/audit\n"
            "-group orders:new-orders/billing\n-topic orders:refunds\n");
  ASSERT_EQ(pruned.pruned.size(), 1u);
  EXPECT_EQ(pruned.pruned[0].name, "billing");
  EXPECT_EQ(registry.topics("shop").value().size(), 1u);
  EXPECT_EQ(summary(registry.apply("product: shop", {.prune = true}).value()),
            "=product shop\n-group orders:new-orders/audit\n-topic orders:new-orders\n-broker orders\n");
}

TEST_F(Apply, AStaleRevisionIsAConflict) {
  (void)registry.apply(file).value();
  auto broker = registry.broker("shop", "orders").value();
  const auto text = "{\"product\":\"shop\",\"brokers\":[" + broker.json() + "]}";
  EXPECT_EQ(changes(text), "=product shop\n=broker orders\n");
  (void)registry.update(broker).value();
  EXPECT_EQ(changes(text).substr(0, 59), R"(CONFLICT /brokers/0: the broker "orders" was changed meanwh)");
}

}  // namespace
}  // namespace ductape::inline v0
