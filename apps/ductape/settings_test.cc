// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/settings.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::string with(std::string_view config, const std::vector<std::string>& settings) {
  auto made = with_settings(config, settings);
  return made ? *made : made.error().message;
}

TEST(Settings, DotsLeadIntoObjects) {
  EXPECT_EQ(with("{}", {"brokers=a:1,b:2", "sasl.username=me", "sasl.password=a=b"}),
            R"({"brokers":"a:1,b:2","sasl":{"username":"me","password":"a=b"}})");
  EXPECT_EQ(with(R"({"sasl":{"username":"you","mechanism":"plain"}})", {"sasl.username=me"}),
            R"({"sasl":{"username":"me","mechanism":"plain"}})");
}

TEST(Settings, AKeyThatStandsThereWithItsDotsIsThatKey) {
  EXPECT_EQ(with(R"({"sasl.username":"you"})", {"sasl.username=me"}), R"({"sasl.username":"me"})");
}

TEST(Settings, WhatCannotBePutThereIsNamedWithoutItsValue) {
  EXPECT_EQ(with("{}", {"hunter2"}), "--set: expected KEY=VALUE");
  EXPECT_EQ(with("{}", {"=hunter2"}), "--set: expected KEY=VALUE");
  EXPECT_EQ(with(R"({"sasl":true})", {"sasl.password=hunter2"}),
            "--set sasl.password: what stands before its last dot is no object in this config");
  EXPECT_EQ(with("[]", {}), "--config is not a JSON object");
}

}  // namespace
}  // namespace ductape::cli
