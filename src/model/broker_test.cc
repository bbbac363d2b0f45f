// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "src/model/document.h"
#include "src/model/fake_provider_test.h"
#include "src/model/objects.h"

namespace ductape::inline v0::model {
namespace {

const std::vector<driver::Field> fields{{.name = "host"}, {.name = "port", .type = driver::FieldType::number}};
const FakeProvider acme("acme", fields), other("other");
const std::array<const driver::Provider*, 2> linked{&acme, &other};

Result<Broker> merge(Broker into, const char* text) {
  const auto document = parse_document(text).value();
  std::optional<Error> problem;
  Fields reader(document, "", problem);
  read(reader, into);
  reader.end();
  if (problem) return *problem;
  if (auto done = check(into, linked); !done) return done.error();
  return into;
}

std::string refusal(const char* text) {
  const auto broker = merge({}, text);
  return broker ? "accepted" : std::string(to_string(broker.error().code)) + " " + broker.error().message;
}

constexpr auto seed = R"({"name":"Message Bus","tag":"message-bus","description":"Product","envs":[
    {"slug":"prd","type":"ACME","config":{"host":"h","port":1}},{"slug":"dev","type":"other","config":{}}]})";

TEST(BrokerObject, IsReadAsDocumented) {
  const auto broker = merge({}, seed).value();
  EXPECT_EQ(broker.name, "Message Bus");
  EXPECT_EQ(broker.tag, "message-bus");
  EXPECT_EQ(broker.description, "Product");
  ASSERT_EQ(broker.envs.size(), 2u);
  EXPECT_EQ(broker.envs[0].slug, "prd");
  EXPECT_EQ(broker.envs[0].type, "ACME");
  EXPECT_EQ(broker.envs[0].config, R"({"host":"h","port":1})");
  EXPECT_EQ(broker.envs[1].type, "OTHER");
}

TEST(BrokerObject, ComesBackAsItWasWritten) {
  auto broker = merge({}, seed).value();
  broker.product = "shop";
  broker.revision = 7;
  const auto again = merge({}, broker.json().c_str()).value();
  EXPECT_EQ(again.json(), broker.json());
  EXPECT_EQ(again.revision, 7u);
}

TEST(BrokerObject, OlderSpellingsMeanTheSame) {
  const auto broker = merge({}, "tag: b\nproduct_tag: shop\nenvs: [{tag: prd, type: acme}]\n").value();
  EXPECT_EQ(broker.product, "shop");
  EXPECT_EQ(broker.envs[0].slug, "prd");
  EXPECT_EQ(broker.name, "b");
  EXPECT_EQ(refusal("tag: b\nenvs: [{tag: prd, slug: dev, type: acme}]\n"),
            R"(invalid_argument /envs/0/tag: differs from "slug", which is another spelling of the same)");
}

TEST(BrokerObject, EnvironmentsMergeBySlug) {
  const auto broker = merge({}, seed).value();
  const auto more =
      merge(broker, "tag: message-bus\nenvs: [{slug: stg, type: other}, {slug: prd, config: {host: x}}]").value();
  ASSERT_EQ(more.envs.size(), 3u);
  EXPECT_EQ(more.envs[0].config, R"({"host":"x"})");
  EXPECT_EQ(more.envs[0].type, "ACME");
  EXPECT_EQ(more.envs[2].slug, "stg");
  EXPECT_EQ(more.name, "Message Bus");
  // The settings of one technology are not those of another.
  const auto moved = merge(broker, "tag: message-bus\nenvs: [{slug: prd, type: other}]").value();
  EXPECT_EQ(moved.envs[0].config, "{}");
}

TEST(BrokerObject, AnEnvironmentMaySayThatNothingIsMade) {
  const auto broker = merge({}, "tag: b\nenvs: [{slug: dev, type: acme, config: {host: x}, provision: check}]").value();
  EXPECT_EQ(broker.envs[0].provision, Provision::check);
  EXPECT_NE(broker.json().find(R"("provision":"check")"), std::string::npos) << broker.json();
  const auto kept = merge(broker, "tag: b\nenvs: [{slug: dev, config: {host: y}}]").value();
  EXPECT_EQ(kept.envs[0].provision, Provision::check);
  const auto back = merge(broker, "tag: b\nenvs: [{slug: dev, provision: create}]").value();
  EXPECT_EQ(back.json().find("provision"), std::string::npos) << "the default is not written";
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme, provision: chek}]"),
            R"(invalid_argument /envs/0/provision: "chek" is none of create, check; did you mean "check"?)");
}

TEST(BrokerObject, ACloudConnectionStandsInTheConfigOrBesideIt) {
  const auto config = [](const char* env) {
    const auto broker = Broker::parse(std::string("tag: b\nenvs: [{slug: prd, type: sqs, ") + env + "}]");
    return broker ? broker->envs[0].config : broker.error().message;
  };
  EXPECT_EQ(config("config: {cloud: c, region: r}"), R"({"cloud":"c","region":"r"})");
  EXPECT_EQ(config("config: {region: r}, cloud: c, authMode: cloud_connection"), R"({"region":"r","cloud":"c"})");
  EXPECT_EQ(config("config: {cloud: c, region: r}, cloud: d"), "/envs/0/cloud: differs from that of the config");
  EXPECT_EQ(config("config: {region: r}, authMode: cloud_connection"),
            R"(/envs/0/authMode: no "cloud" is named that could log in)");
  EXPECT_EQ(config("cloud: 5"), "/envs/0/cloud: expected a string, found a whole number");
  auto broker = Broker::parse("tag: b\nenvs: [{slug: prd, type: sqs, cloud: c, config: {region: r}}]").value();
  EXPECT_EQ(merge(broker, "tag: b\nenvs: [{slug: prd, cloud: d}]").value().envs[0].config,
            R"({"region":"r","cloud":"d"})");
}

TEST(BrokerObject, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("tag: b\nenvz: []\n"),
            R"(invalid_argument the document: unknown key "envz"; did you mean "envs"?)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme, conifg: {}}]"),
            R"(invalid_argument /envs/0: unknown key "conifg"; did you mean "config"?)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme}, {slug: b, type: acme, config: {hots: x}}]"),
            R"(invalid_argument /envs/1/config: unknown key "hots"; did you mean "host"?)");
  EXPECT_EQ(refusal("tag: 5\nenvs: []\n"), "invalid_argument /tag: expected a string, found a whole number");
  EXPECT_EQ(refusal("tag: b\nenvs: {}\n"), "invalid_argument /envs: expected an array, found an object");
  EXPECT_EQ(refusal("tag: b\nenvs: [dev]\n"), "invalid_argument /envs/0: expected an object, found a string");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme, config: x}]"),
            "invalid_argument /envs/0/config: expected an object, found a string");
  EXPECT_EQ(refusal("[]"), "invalid_argument the document: expected an object, found an array");
  EXPECT_EQ(refusal("name: b\n"), R"(invalid_argument the document: the field "tag" is missing)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{type: acme}]"), R"(invalid_argument /envs/0: the field "slug" is missing)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a}]"), R"(invalid_argument /envs/0: the field "type" is missing)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme}, {slug: a, type: acme}]"),
            R"(invalid_argument /envs/1: the environment "a" is given twice)");
  EXPECT_EQ(refusal("tag: b\n"), R"(invalid_argument /envs: the broker "b" has no environment, at least 1)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acmee}]"),
            R"(invalid_argument /envs/0/type: unknown type "ACMEE"; did you mean "ACME"?)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: A, type: acme}]"),
            R"(invalid_argument /envs/0/slug: environment "A": character "A" at position 1 is not allowed)");
  EXPECT_EQ(refusal("tag: b\nenvs: [{slug: a, type: acme, cloud: x}]"),
            R"(invalid_argument /envs/0/config: unknown key "cloud")");
}

TEST(BrokerObject, BadTagsHaveTheDocumentedName) {
  const auto broker = Broker::parse("tag: Bus\nenvs: [{slug: a, type: acme}]");
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().name(), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(broker.error().message, R"(broker tag "Bus": character "B" at position 1 is not allowed)");
}

TEST(BrokerObject, TextsThatAreNoUtf8AreRefused) {
  Broker broker{.tag = "b", .name = "\xff", .envs = {{.slug = "dev", .type = "acme"}}};
  EXPECT_EQ(check(broker, linked).error().message, "/name: not valid UTF-8");
  EXPECT_NE(broker.json(), "");  // showing it is no reason to throw
  EXPECT_EQ(Broker::parse("tag: b\nname: \xff\n").error().message, "the document is not valid UTF-8");
}

}  // namespace
}  // namespace ductape::inline v0::model
