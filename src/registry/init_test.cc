// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include <ductape/registry.hpp>

#include "src/registry/registry_core.h"
#include "src/store/scratch_directory_test.h"

namespace ductape::inline v0 {
namespace {

TEST(Init, MakesAStoreThatWorksAtOnce) {
  ScratchDirectory scratch;
  const auto made =
      Registry::init({.directory = scratch.path(".ductape"), .product = "shop", .envs = {"stg", "dev"}}).value();
  EXPECT_EQ(made.default_product(), "shop");
  EXPECT_EQ(made.default_env(), "stg");
  EXPECT_EQ(made.directory(), scratch.path(".ductape"));
  const auto opened = Registry::open("sqlite:" + scratch.path(".ductape")).value();
  EXPECT_EQ(opened.default_product(), "shop");
  EXPECT_EQ(opened.default_env(), "stg");
  for (const char* env : {"stg", "dev"}) {
    const auto resolved = opened.core()->resolve("shop", env, "events:hello").value();
    EXPECT_EQ(resolved.env.type, "LOCAL");
  }
}

TEST(Init, LeavesAStoreThatIsThere) {
  ScratchDirectory scratch;
  (void)Registry::init({.directory = scratch.path(), .product = "first"}).value();
  const auto config = scratch.read("config.yaml");
  const auto again = Registry::init({.directory = scratch.path(), .product = "second"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
  EXPECT_EQ(scratch.read("config.yaml"), config);
  EXPECT_EQ(Registry::open(scratch.path()).value().products().value().size(), 1u);
}

TEST(Init, GoesOnWhereAStoreIsEmpty) {
  ScratchDirectory scratch;
  (void)Registry::open(scratch.path()).value();
  EXPECT_TRUE(Registry::init({.directory = scratch.path()}));
}

TEST(Init, BadTagsMakeNothing) {
  ScratchDirectory scratch;
  for (const InitOptions& options : {InitOptions{.directory = scratch.path("x"), .product = "My Shop"},
                                     InitOptions{.directory = scratch.path("x"), .envs = {"dev", "PRD"}},
                                     InitOptions{.directory = scratch.path("x"), .envs = {}}})
    EXPECT_FALSE(Registry::init(options));
  EXPECT_FALSE(std::filesystem::exists(scratch.path("x")));
}

TEST(ConfigFile, MayBeWrittenByHand) {
  ScratchDirectory scratch;
  scratch.write("config.yaml", "env: prd\n");
  const auto registry = Registry::open(scratch.path()).value();
  EXPECT_EQ(registry.default_product(), "");
  EXPECT_EQ(registry.default_env(), "prd");
}

TEST(ConfigFile, WhatIsWrongIsNamed) {
  ScratchDirectory scratch;
  const auto at = scratch.path("config.yaml") + ": ";
  for (auto [text, says] :
       {std::pair<const char*, const char*>{"evn: prd\n", "the document: unknown key \"evn\"; did you mean \"env\"?"},
        {"env: 5\n", "/env: expected a string, found a whole number"},
        {"env: PRD\n", "environment \"PRD\": character \"P\" at position 1 is not allowed"},
        {"product: [\n", "not valid YAML, line 2"}}) {
    scratch.write("config.yaml", text);
    const auto registry = Registry::open(scratch.path());
    ASSERT_FALSE(registry) << text;
    EXPECT_EQ(registry.error().message.find(at + says), 0u) << registry.error().message;
  }
}

TEST(Registry, UnreadableRecordsAreNamed) {
  ScratchDirectory scratch;
  (void)Registry::init({.directory = scratch.path()}).value();
  // In the file the record's text stands as it is; one letter of a key is enough.
  std::filesystem::remove(scratch.path("registry.db-wal"));
  auto bytes = scratch.read("registry.db");
  const auto at = bytes.find("\"schema\":");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 'z';
  scratch.write("registry.db", bytes);
  const auto registry = Registry::open(scratch.path());
  ASSERT_FALSE(registry);
  EXPECT_EQ(registry.error().code, Errc::data_loss);
  EXPECT_EQ(registry.error().name(), "STORE_UNUSABLE");
  EXPECT_NE(registry.error().message.find("demo/events:hello"), std::string::npos) << registry.error().message;
}

}  // namespace
}  // namespace ductape::inline v0
