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

/// "name event group value;" of each metric, of those whose name begins like that.
std::string told(std::span<const Metric> metrics, std::string_view prefix) {
  std::string text;
  for (const auto& metric : metrics) {
    if (!metric.name.starts_with(prefix)) continue;
    text += std::string(metric.name.substr(prefix.size())) + " ";
    for (const auto& [name, value] : metric.labels)
      if (name == "event" || name == "group") text += value + " ";
    text += std::to_string(static_cast<int>(metric.value)) + ";";
  }
  return text;
}

TEST(Observed, AProgramIsToldItsMeasurements) {
  std::vector<Metric> metrics;
  int times = 0;
  Broker broker;
  broker.declare("shop", "orders:new");
  std::optional<Client> client = broker.client({.product = "shop",
                                                .on_metrics =
                                                    [&](std::span<const Metric> all) {
                                                      metrics.assign(all.begin(), all.end());
                                                      ++times;
                                                    },
                                                .metrics_interval = std::chrono::seconds(10)});
  std::vector<Delivery> kept;
  auto subscription = client
                          ->subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                      [&](Delivery delivery) { kept.push_back(std::move(delivery)); })
                          .value();
  broker.advance(std::chrono::seconds(10));
  EXPECT_EQ(times, 1);
  EXPECT_EQ(told(metrics, "ductape_group_done"), "_total orders:new g 0;") << "one that did nothing has zeros";
  for (int i = 0; i < 3; ++i) client->publish({.event = "orders:new", .message = "{}"}).get().value();
  broker.run_until_idle();
  std::move(kept.at(0)).ack();
  broker.run_until_idle();
  std::move(kept.at(1)).dead_letter("never");
  broker.advance(std::chrono::seconds(10));
  EXPECT_EQ(times, 2);
  EXPECT_EQ(told(metrics, "ductape_published"), "_total orders:new 3;");
  EXPECT_EQ(told(metrics, "ductape_group_"),
            "waiting orders:new g 0;in_flight orders:new g 1;parked orders:new g 0;lag orders:new g 1;"
            "oldest_age_seconds orders:new g 10;dead_letters orders:new g 1;done_total orders:new g 1;"
            "failed_attempts_total orders:new g 0;dead_lettered_total orders:new g 1;"
            "lost_outcomes_total orders:new g 0;data_loss_total orders:new g 0;");
  EXPECT_NE(prometheus_text(metrics).find("# TYPE ductape_published_total counter\n"), std::string::npos);

  broker.freeze(true);
  broker.advance(std::chrono::seconds(10));
  EXPECT_EQ(times, 2) << "the provider is waited for a little";
  broker.advance(std::chrono::seconds(2));
  EXPECT_EQ(times, 3);
  EXPECT_EQ(told(metrics, "ductape_group_lag"), "") << "who does not answer has no gauges";
  EXPECT_EQ(told(metrics, "ductape_group_done"), "_total orders:new g 1;");
  broker.freeze(false);

  std::move(kept.at(2)).ack();
  broker.run_until_idle();
  (void)subscription.close();
  client.reset();
  EXPECT_EQ(told(metrics, "ductape_group_done"), "_total orders:new g 2;") << "the last word at the end";
}

TEST(Observed, AnIntervalOfNothingIsRefused) {
  const auto client = Client::open({.on_metrics = [](std::span<const Metric>) {}, .metrics_interval = {}});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message, "metrics_interval is 0 ms; it must be positive");
}

}  // namespace
}  // namespace ductape::inline v0::testing
