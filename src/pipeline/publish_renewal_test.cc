// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::pipeline {
namespace {

using namespace std::chrono_literals;

/// Two connections of one broker: with the old password and, once the registry is looked at again, with the new one.
class PublishRenewal : public testing::Test {
 protected:
  struct End {
    std::shared_ptr<BrokerConnection> connection;
    support::ScriptedConnection* driver;
    Route route;
  };
  End make() {
    End end{.connection = BrokerConnection::open(provider, {}, runtime, runtime, {.messages = 4, .bytes = 1 << 20},
                                                 [this](const Route&) {
                                                   ++looks;
                                                   return now;
                                                 })
                              .value(),
            .driver = provider.last,
            .route = {}};
    end.route.event = "orders:new";
    end.route.provider = "scripted";
    end.route.ordered = true;
    end.route.capabilities = provider.capabilities();
    end.route.connection = end.connection.get();
    end.route.address.native = "new";
    return end;
  }
  void TearDown() override {
    for (auto* end : {&before, &after}) {
      auto* session = end->driver->publishing;
      std::thread closer([&] { end->connection->publishing().close(runtime.now()); });
      if (session) {
        while (!session->stopped) std::this_thread::yield();
        session->sink.ended({});
        runtime.run();
      }
      closer.join();
    }
  }
  Future<Receipt> publish(const std::string& id, const std::string& key = {}) {
    auto state = std::make_shared<detail::FutureState<Receipt>>();
    std::string message = "{\"a\":1}";
    PublishOptions options{.key = key, .id = id, .headers = {{"shop", "7"}}, .deadline = 5s};
    Submission submission{&before.route, message, options, state, runtime.now()};
    before.connection->publishing().publish(std::span(&submission, 1));
    return Future<Receipt>(state);
  }

  support::ManualRuntime runtime;
  detail::FakeProvider provider;
  const Route* now = nullptr;
  int looks = 0;
  End before = make(), after = make();
};

TEST_F(PublishRenewal, WhoIsRefusedGoesWhereTheRegistrySaysNow) {
  now = &after.route;
  auto a = publish("a", "key"), b = publish("b", "key");
  for (std::size_t i = 0; i < 2; ++i) before.driver->publishing->refuse(i, Errc::unauthenticated);
  EXPECT_FALSE(a.ready());
  runtime.run();
  EXPECT_EQ(looks, 1) << "for all that were refused";
  ASSERT_NE(after.driver->publishing, nullptr);
  EXPECT_EQ(after.driver->publishing->ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(after.driver->publishing->keys, (std::vector<std::string>{"key", "key"}));
  for (std::size_t i = 0; i < 2; ++i) after.driver->publishing->accept(i);
  EXPECT_EQ(a.get().value().id, "a");
  EXPECT_EQ(b.get().value().id, "b");
}

TEST_F(PublishRenewal, ItIsRefusedWhereNothingChanged) {
  for (const Route* same : {static_cast<const Route*>(&before.route), static_cast<const Route*>(nullptr)}) {
    now = same;
    auto refused = publish("a");
    before.driver->publishing->refuse(before.driver->publishing->tags.size() - 1, Errc::unauthenticated);
    runtime.run();
    EXPECT_EQ(refused.get().error().code, Errc::unauthenticated);
  }
}

TEST_F(PublishRenewal, ItsDeadlineStaysWhatItWas) {
  now = &after.route;
  auto late = publish("a");
  runtime.advance(4s);
  before.driver->publishing->refuse(0, Errc::unauthenticated);
  runtime.run();
  after.driver->hands_over = false;
  runtime.advance(999ms);
  EXPECT_FALSE(late.ready());
  runtime.advance(2ms);
  EXPECT_EQ(late.get().error().code, Errc::timed_out);
}

}  // namespace
}  // namespace ductape::inline v0::pipeline
