// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ductape/registry.hpp>

namespace ductape::inline v0 {
namespace {

struct Merge : testing::Test {
  void SetUp() override {
    registry.create(Product{.tag = "shop"}).value();
    registry
        .create(Broker{.product = "shop",
                       .tag = "orders",
                       .name = "Order Events",
                       .description = "all of them",
                       .envs = {{.slug = "dev"}, {.slug = "prd"}}})
        .value();
    auto topic = TopicDefinition::parse(R"({"tag": "orders:new", "sample": {"a": 1}, "policy": {"max_attempts": 7}})");
    topic->product = "shop";
    registry.create(*topic).value();
  }
  std::string broker(std::string_view partial) {
    const auto done = registry.update_broker("shop", "orders", partial);
    return done ? slugs(*done) : std::string(done.error().name()) + " " + done.error().message;
  }
  std::string topic(std::string_view partial) {
    const auto done = registry.update_topic("shop", "orders:new", partial);
    return done ? "ok" : std::string(done.error().name()) + " " + done.error().message;
  }
  static std::string slugs(const Broker& broker) {
    std::string all;
    for (const auto& env : broker.envs) all += env.slug + " ";
    return all;
  }

  Registry registry = Registry::open("memory:").value();
};

TEST_F(Merge, EnvironmentsBySlugAndNothingElseChanges) {
  EXPECT_EQ(broker(R"({"envs": [{"slug": "stg", "type": "local"}]})"), "dev prd stg ");
  const auto stored = registry.broker("shop", "orders").value();
  EXPECT_EQ(stored.name, "Order Events");
  EXPECT_EQ(stored.description, "all of them");
  EXPECT_EQ(stored.envs[2].type, "LOCAL");
}

TEST_F(Merge, NullRemoves) {
  EXPECT_EQ(broker("envs: [{slug: dev, type: null}]\ndescription: null"), "prd ");
  EXPECT_EQ(registry.broker("shop", "orders").value().description, "");
  EXPECT_EQ(broker(R"({"envs": [{"slug": "absent", "config": null}]})"), "prd ") << "it is not there: as asked";
  EXPECT_EQ(broker(R"({"envs": [{"slug": "prd", "type": null}]})").substr(0, 22), "INVALID_ARGUMENT /envs");
  EXPECT_EQ(topic(R"({"sample": null})"), "ok");
  EXPECT_EQ(registry.topic("shop", "orders:new").value().sample, "");
}

TEST_F(Merge, TopicsFieldByField) {
  EXPECT_EQ(topic(R"({"description": "new ones", "policy": {"retention": "1d"}})"), "ok");
  const auto stored = registry.topic("shop", "orders:new").value();
  EXPECT_EQ(stored.description, "new ones");
  EXPECT_EQ(stored.sample, R"({"a":1})");
  EXPECT_EQ(stored.policy.retry.max_attempts, 7u);
  EXPECT_EQ(stored.policy.retention_age, std::chrono::hours(24));
}

TEST_F(Merge, WhatItIsCannotChange) {
  EXPECT_EQ(broker(R"({"tag": "orders", "name": "x"})"), "dev prd ");
  EXPECT_EQ(broker(R"({"tag": "others"})").substr(0, 21), "INVALID_ARGUMENT /tag");
  EXPECT_EQ(topic(R"({"tag": "orders:old"})").substr(0, 21), "INVALID_ARGUMENT /tag");
  EXPECT_EQ(broker(R"({"product": "else"})").substr(0, 16), "INVALID_ARGUMENT");
  EXPECT_EQ(broker("[]").substr(0, 16), "INVALID_ARGUMENT");
  EXPECT_EQ(broker(R"({"nmae": "x"})"), R"(INVALID_ARGUMENT the document: unknown key "nmae"; did you mean "name"?)");
}

TEST_F(Merge, ARevisionMustBeTheStoredOne) {
  const auto revision = registry.broker("shop", "orders").value().revision;
  const auto partial = R"({"name": "x", "revision": )" + std::to_string(revision) + "}";
  EXPECT_EQ(broker(partial), "dev prd ");
  EXPECT_EQ(broker(partial).substr(0, 8), "CONFLICT");
}

TEST_F(Merge, AbsentOnes) {
  EXPECT_EQ(registry.update_broker("shop", "absent", "{}").error().name(), "BROKER_NOT_FOUND");
  EXPECT_EQ(registry.update_topic("shop", "orders:absent", "{}").error().name(), "TOPIC_NOT_FOUND");
  EXPECT_FALSE(registry.fetch_broker("shop", "absent").value());
  EXPECT_FALSE(registry.fetch_topic("shop", "orders:absent").value());
  EXPECT_EQ(registry.fetch_broker("shop", "orders").value()->tag, "orders");
  EXPECT_EQ(registry.fetch_topic("shop", "orders:new").value()->tag, "new");
  EXPECT_EQ(registry.fetch_broker("absent", "orders").error().name(), "PRODUCT_NOT_FOUND");
}

TEST_F(Merge, AProductsName) {
  auto product = registry.product("shop").value();
  product.name = "The shop";
  EXPECT_EQ(registry.update(product).value().name, "The shop");
  EXPECT_EQ(registry.update(product).error().code, Errc::conflict) << "its revision is an old one";
}

TEST_F(Merge, ANewSampleDoesNotRefuseWhoSendsTheOldOne) {
  const auto optional = [&] {
    std::string out;
    const auto stored = registry.topic("shop", "orders:new").value();
    for (const auto& pointer : stored.optional) out += pointer + ";";
    return out;
  };
  EXPECT_EQ(topic(R"({"sample": {"a": 1, "b": 2, "c": {"d": 3}}})"), "ok");
  EXPECT_EQ(optional(), "/b;/c;");
  EXPECT_EQ(topic(R"({"sample": {"a": 1, "c": {"d": 3}}})"), "ok");
  EXPECT_EQ(optional(), "/c;");
  EXPECT_EQ(topic(R"({"optional": []})"), "ok") << "once all send it";
  EXPECT_EQ(optional(), "");
  EXPECT_EQ(topic(R"({"optional": ["/x"]})"),
            "INVALID_ARGUMENT /sample: the sample has no field \"/x\"; did you mean \"/a\"?");
  EXPECT_EQ(topic(R"({"optional": [1]})"), "INVALID_ARGUMENT /optional/0: expected a string, found a whole number");
  EXPECT_EQ(topic(R"({"optional": ["/a"]})"), "ok");
  EXPECT_EQ(topic(R"({"sample": null})"), "ok");
  EXPECT_EQ(optional(), "");
  EXPECT_EQ(topic(R"({"optional": ["/a"]})"),
            "INVALID_ARGUMENT /optional: there is no sample whose fields it could name");
}

}  // namespace
}  // namespace ductape::inline v0
