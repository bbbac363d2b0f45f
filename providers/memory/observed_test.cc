// SPDX-License-Identifier: Apache-2.0
// What a program sees of its client beside the calls: trace contexts and records.
#include <gtest/gtest.h>

#include <ductape/testing/broker.hpp>

namespace ductape::inline v0::testing {
namespace {

struct Spans final : Tracer {
  Headers publishing(std::string_view event) override {
    seen += "publishing " + std::string(event) + ";";
    return {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  }
  std::shared_ptr<void> handling(const Context& context) override {
    seen += "handling " + std::string(context.traceparent()) + ";";
    return std::shared_ptr<void>(nullptr, [this](void*) { seen += "handled;"; });
  }
  std::string seen;
};

TEST(Observed, ATracerCarriesTheContextIntoTheMessageAndToItsHandler) {
  const auto spans = std::make_shared<Spans>();
  Broker broker;
  broker.declare("shop", "orders:new");
  auto client = broker.client({.product = "shop", .tracer = spans});
  auto subscription =
      client.subscribe({.event = "orders:new"}, {.group = "g"}, [&](const Message&) { spans->seen += "at work;"; })
          .value();
  client.publish({.event = "orders:new", .message = "{}"}).get().value();
  broker.run_until_idle();
  EXPECT_EQ(spans->seen,
            "publishing orders:new;handling 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01;"
            "at work;handled;");
  spans->seen.clear();
  const std::string given = "00-11111111111111111111111111111111-2222222222222222-01";
  client.publish({.event = "orders:new", .message = "{}"}, {.headers = {{"traceparent", given}}}).get().value();
  broker.run_until_idle();
  EXPECT_EQ(spans->seen, "handling " + given + ";at work;handled;") << "the caller's own is kept";
}

TEST(Observed, WhatHappensBesideTheCallsIsLoggedWithItsPlace) {
  std::string log;
  Broker broker;
  broker.declare("shop", "orders:new");
  auto client = broker.client({.product = "shop", .log_level = LogLevel::info, .log = [&](const LogRecord& record) {
                                 log += std::string(to_string(record.level));
                                 for (const auto& [name, value] : record.fields)
                                   if (name != "id") log += " " + name + "=" + value;
                                 log += ";";
                               }});
  auto subscription =
      client.subscribe({.event = "orders:new"}, {.group = "g"}, [](const Message&) { throw Reject("never"); }).value();
  broker.run_until_idle();
  EXPECT_EQ(log, "info event=orders:new group=g;") << "connected";
  log.clear();
  client.publish({.event = "orders:new", .message = "{}"}).get().value();
  broker.run_until_idle();
  EXPECT_EQ(log, "info event=orders:new group=g;") << "dead-lettered";
  log.clear();
  broker.cut();
  broker.run_until_idle();
  EXPECT_EQ(log.substr(0, 5), "warn ") << log;
}

}  // namespace
}  // namespace ductape::inline v0::testing
