// SPDX-License-Identifier: Apache-2.0
// A client that runs while a person changes the registry.
#include <gtest/gtest.h>

#include "providers/memory/provider.h"
#include "providers/memory/virtual_runtime.h"
#include "src/client/surroundings.h"

namespace ductape::inline v0::testing {
namespace {

using namespace std::chrono_literals;

/// What happened to the connections of a `Doors`, each called by the password with which it was opened.
struct Book {
  std::vector<std::string> opened;
  std::map<std::string, int> sessions, publishers;  // consumers and publishers that run
  std::vector<bool> may_create;
  bool missing = false;  // the group is, and may not be made
};

class Door final : public driver::Connection {
 public:
  Door(std::unique_ptr<Connection> real, std::string password, Book& book)
      : real_(std::move(real)), password_(std::move(password)), book_(book) {}

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override {
    return real_->address(topic, role, group);
  }
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override {
    book_.may_create.push_back(create);
    if (book_.missing && !create) return done(driver::Topology{.missing = {"orders-new"}});
    real_->provision(topic, groups, true, std::move(done));
  }
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override {
    real_->forget(main, group, std::move(done));
  }
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override {
    return std::make_unique<Sending>(real_->publisher(sink), book_.publishers[password_]);
  }
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override {
    return std::make_unique<Session>(real_->consumer(from, group, lease, sink), book_.sessions[password_]);
  }
  void inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) override {
    real_->inspect(main, group, std::move(done));
  }
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override {
    real_->probe(deadline, std::move(done));
  }

 private:
  class Sending final : public driver::Publisher {
   public:
    Sending(std::unique_ptr<Publisher> real, int& running) : real_(std::move(real)), running_(running) { ++running_; }
    ~Sending() override { --running_; }
    std::size_t submit(std::span<const driver::Record> records) override { return real_->submit(records); }
    void stop(driver::Deadline deadline) override { real_->stop(deadline); }

   private:
    std::unique_ptr<Publisher> real_;
    int& running_;
  };
  class Session final : public driver::Consumer {
   public:
    Session(std::unique_ptr<Consumer> real, int& running) : real_(std::move(real)), running_(running) { ++running_; }
    ~Session() override { --running_; }
    void credit(std::size_t messages, std::size_t bytes) override { real_->credit(messages, bytes); }
    void settle(std::span<const driver::Settle> outcomes) override { real_->settle(outcomes); }
    void extend(std::span<const driver::Tag> tags, driver::Millis lease) override { real_->extend(tags, lease); }
    void released(std::span<const std::uint32_t> scopes) override { real_->released(scopes); }
    void seek(std::string_view position, driver::Done<void> done) override { real_->seek(position, std::move(done)); }
    void stop(driver::Deadline deadline) override { real_->stop(deadline); }

   private:
    std::unique_ptr<Consumer> real_;
    int& running_;
  };
  const std::unique_ptr<Connection> real_;
  const std::string password_;
  Book& book_;
};

/// The memory broker behind a password.
class Doors final : public driver::Provider {
 public:
  explicit Doors(Book& book) : book_(book) {}
  [[nodiscard]] std::string_view name() const override { return "doors"; }
  [[nodiscard]] driver::Capabilities capabilities() const override { return real_.capabilities(); }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options& options,
                                                   driver::Runtime& runtime) const override {
    auto real = real_.open({}, runtime);
    if (!real) return real;
    book_.opened.push_back(options.config.at("password"));
    return std::unique_ptr<driver::Connection>(std::make_unique<Door>(std::move(*real), book_.opened.back(), book_));
  }

 private:
  const memory::Provider real_{std::make_shared<memory::Server>()};
  Book& book_;
};

struct FollowTest : ::testing::Test {
  FollowTest() {
    registry
        .apply(R"({"product": "shop", "brokers": [{"tag": "orders", "envs": [{"slug": "dev", "type": "REDIS",
                 "config": {"host": "h", "password": "one"}}], "topics": [{"tag": "new"}]}]})")
        .value();
    client = detail::open_client({.product = "shop",
                                  .log_level = LogLevel::warn,
                                  .log = [this](const LogRecord& record) { log.push_back(record.message); }},
                                 registry,
                                 {.runtime = runtime, .find_provider = [this](std::string_view) { return &doors; }})
                 .value();
  }
  void set_password(const std::string& password) {
    registry.set_secret("shop", "orders_dev_password", Secret(password)).value();
    runtime->advance(2s);
  }
  void publish(const std::string& body) {
    client->publish({.event = "orders:new", .message = body}).get().value();
    runtime->run_until_idle();
  }

  Book book;
  Doors doors{book};
  std::shared_ptr<memory::VirtualRuntime> runtime = std::make_shared<memory::VirtualRuntime>();
  Registry registry = Registry::open("memory:").value();
  std::vector<std::string> log;
  std::optional<Client> client;
  std::vector<std::string> seen;
};

using Passwords = std::vector<std::string>;

TEST_F(FollowTest, ASubscriptionGoesOnWithAnotherPassword) {
  std::vector<Delivery> kept;
  auto subscription = client
                          ->subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                      [&](Delivery delivery) {
                                        seen.emplace_back(delivery.message().text());
                                        kept.push_back(std::move(delivery));
                                      })
                          .value();
  publish("a");
  EXPECT_EQ(book.opened, Passwords{"one"});

  set_password("two");
  EXPECT_EQ(book.opened, (Passwords{"one", "two"}));
  EXPECT_EQ(book.sessions["one"], 1) << "what runs is settled where it came from";
  EXPECT_EQ(book.sessions["two"], 1);

  std::move(kept.at(0)).ack();
  runtime->advance(1s);
  EXPECT_EQ(book.sessions["one"], 0);
  publish("b");
  std::move(kept.at(1)).ack();
  runtime->advance(1s);
  EXPECT_EQ(seen, (Passwords{"a", "b"}));
  EXPECT_EQ(subscription.stats().acked, 2u);
  EXPECT_EQ(subscription.stats().lost, 0u);
  EXPECT_EQ(client->health().items.size(), 2u) << "of what it left nothing is told";
  EXPECT_EQ(log, Passwords{});

  set_password("two");
  EXPECT_EQ(book.sessions["two"], 1) << "the same again is no other connection";
  EXPECT_EQ(book.publishers["one"], 1);
  runtime->advance(31s);
  EXPECT_EQ(book.publishers["one"], 0) << "what nobody needs any more is closed";

  set_password("one");
  EXPECT_EQ(book.opened, (Passwords{"one", "two", "one"}));
  publish("c");
  EXPECT_EQ(seen.back(), "c");
  std::move(kept.at(2)).ack();
}

TEST_F(FollowTest, ItStaysWhereItIsWhenItCannotGoThere) {
  auto subscription = client
                          ->subscribe({.event = "orders:new"}, {.group = "g"},
                                      [&](const Message& message) { seen.emplace_back(message.text()); })
                          .value();
  registry.update_broker("shop", "orders", R"({"envs": [{"slug": "dev", "provision": "check"}]})").value();
  book.missing = true;
  set_password("two");
  EXPECT_EQ(book.sessions["one"], 1);
  EXPECT_EQ(book.sessions["two"], 0);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0],
            "a subscription cannot follow its broker's new settings: orders-new does not exist at doors and may not be "
            "made");
  book.missing = false;
  runtime->advance(6s);
  EXPECT_EQ(book.sessions["two"], 1) << "it is tried again";
  publish("a");
  EXPECT_EQ(seen, Passwords{"a"});
}

TEST_F(FollowTest, ABroadcastStaysUntilItsSessionBreaks) {
  auto subscription = client
                          ->subscribe({.event = "orders:new"}, {.mode = Mode::broadcast},
                                      [&](const Message& message) { seen.emplace_back(message.text()); })
                          .value();
  set_password("two");
  EXPECT_EQ(book.sessions["one"], 1);
  EXPECT_EQ(book.sessions["two"], 0);
}

TEST_F(FollowTest, NothingIsMadeWhereThatIsOnlyChecked) {
  registry.update_broker("shop", "orders", R"({"envs": [{"slug": "dev", "provision": "check"}]})").value();
  book.missing = true;
  const auto refused = client->subscribe({.event = "orders:new"}, {.group = "g"}, [](const Message&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().message, "orders-new does not exist at doors and may not be made");
  EXPECT_EQ(book.may_create, std::vector<bool>{false});
}

}  // namespace
}  // namespace ductape::inline v0::testing
