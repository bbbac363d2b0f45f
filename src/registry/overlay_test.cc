// SPDX-License-Identifier: Apache-2.0
#include "src/registry/overlay.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ductape::inline v0::registry {
namespace {

using driver::Config;
using driver::Field;
using driver::FieldType;

const std::vector<Field> fields{{.name = "clientId"},
                                {.name = "port", .type = FieldType::number},
                                {.name = "sasl.password", .secret = true, .type = FieldType::secret},
                                {.name = "native", .type = FieldType::native}};

struct OverlayTest : testing::Test {
  void set(const char* name, const char* value) {
    setenv(name, value, 1);
    names.emplace_back(name);
  }
  ~OverlayTest() override {
    for (const auto& name : names) unsetenv(name.c_str());
  }
  std::vector<std::string> names;
};

TEST_F(OverlayTest, VariablesAreNamedAfterBrokerAndField) {
  EXPECT_EQ(variable_of("message-bus", fields[0]), "DUCTAPE_BROKER_MESSAGE_BUS_CLIENT_ID");
  EXPECT_EQ(variable_of("orders", fields[2]), "DUCTAPE_BROKER_ORDERS_SASL_PASSWORD");
}

TEST_F(OverlayTest, TheEnvironmentGoesBeforeTheConfigWhateverItsSpelling) {
  set("DUCTAPE_BROKER_ORDERS_CLIENT_ID", "mine");
  set("DUCTAPE_BROKER_ORDERS_PORT", "");
  Config config{{"client_id", "theirs"}, {"port", "1"}, {"native.debug", "all"}};
  ASSERT_TRUE(overlay_environment(config, "orders", fields));
  EXPECT_EQ(config, (Config{{"clientId", "mine"}, {"port", "1"}, {"native.debug", "all"}}));
}

TEST_F(OverlayTest, AValueThatDoesNotFitIsNotRepeated) {
  set("DUCTAPE_BROKER_ORDERS_PORT", "hunter2");
  Config config;
  const auto done = overlay_environment(config, "orders", fields);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the variable DUCTAPE_BROKER_ORDERS_PORT is not a whole number");
}

}  // namespace
}  // namespace ductape::inline v0::registry
