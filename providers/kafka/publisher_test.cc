// SPDX-License-Identifier: Apache-2.0
// What a real broker cannot be made to answer, by the library's mock of one.
#include "providers/kafka/publisher.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <future>

#include "providers/kafka/names.h"
#include "src/runtime/threaded_runtime.h"

namespace ductape::inline v0::kafka {
namespace {

using namespace std::chrono_literals;
using ClientPtr = Owned<rd_kafka_t, &rd_kafka_destroy>;
using ClusterPtr = Owned<rd_kafka_mock_cluster_t, &rd_kafka_mock_cluster_destroy>;

constexpr std::int16_t produce_request = 0;
constexpr const char* topic = "orders-new";

class Outcomes final : public driver::PublishSink {
 public:
  using Outcome = PublisherSession::Outcome;
  void sent(std::span<const driver::Sent> outcomes) override {
    for (const auto& one : outcomes) first_.set_value({one.tag, one.error, std::string(one.native_id)});
  }
  void writable() override {}
  void ended(Error) override {}
  Outcome first() {
    auto first = first_.get_future();
    return first.wait_for(10s) == std::future_status::ready ? first.get() : Outcome{};
  }

 private:
  std::promise<Outcome> first_;
};

class MockedBroker : public testing::Test {
 protected:
  MockedBroker() {
    std::array<char, 256> why{};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
    native_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size()));
    cluster_.reset(rd_kafka_mock_cluster_new(native_.get(), 1));
    rd_kafka_mock_topic_create(cluster_.get(), topic, 1, 1);
  }
  Outcomes::Outcome publish() {
    KafkaOptions options;
    options.brokers = {rd_kafka_mock_cluster_bootstraps(cluster_.get())};
    const auto link = std::make_shared<Link>(options, runtime_);
    if (auto started = link->start(); !started) ADD_FAILURE() << started.error().message;
    link->know(topic);
    const auto to = make_address({.product = "shop", .env = "dev", .broker = "orders", .topic = "new"}, topic, "",
                                 driver::Role::main, "")
                        .value();
    Outcomes outcomes;
    const auto session = std::make_shared<PublisherSession>(link, std::make_shared<Broadcasts>(), outcomes);
    session->start();
    const driver::Record record{.tag = 7, .to = &to, .id = "m-0"};
    EXPECT_EQ(session->submit(std::span(&record, 1)), 1u);
    auto outcome = outcomes.first();
    session->stop(driver::Clock::now());
    session->await_end();
    link->stop();
    return outcome;
  }

  runtime::ThreadedRuntime runtime_;
  ClientPtr native_;
  ClusterPtr cluster_;
};

TEST_F(MockedBroker, ConfirmsWithThePlaceInTheLog) {
  const auto outcome = publish();
  EXPECT_FALSE(outcome.error) << outcome.error.message;
  EXPECT_EQ(outcome.tag, 7u);
  EXPECT_EQ(outcome.native_id, std::string(topic) + ":0:0");
}

// A broker that had a later message of this producer says so of the earlier one, which it need not have.
TEST_F(MockedBroker, WhatItCallsADuplicateWithoutAPlaceIsNotConfirmed) {
  rd_kafka_mock_push_request_errors(cluster_.get(), produce_request, 1, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);
  const auto outcome = publish();
  EXPECT_EQ(outcome.tag, 7u);
  EXPECT_EQ(outcome.error.code, Errc::outcome_unknown) << outcome.native_id;
}

}  // namespace
}  // namespace ductape::inline v0::kafka
