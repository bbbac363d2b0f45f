// SPDX-License-Identifier: Apache-2.0
// Several processes on one file. Children are forked before the test makes a thread.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <set>

#include "providers/local/filesystem.h"
#include "providers/local/local_test.h"
#include "providers/local/turnstile.h"

namespace ductape::inline v0::local::test {
namespace {

using driver::GroupSpec;

/// A forked process and two pipes: lines it says, and a byte it waits for.
class Child {
 public:
  explicit Child(const std::function<int(Child&)>& body) {
    if (pipe(up_) != 0 || pipe(down_) != 0) std::abort();
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ == 0) _exit(body(*this));
    close(up_[1]);
    close(down_[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill(SIGKILL);
    close(up_[0]);
    close(down_[1]);
  }

  // In the child:
  void say(const std::string& line) {
    const auto text = line + '\n';
    if (write(up_[1], text.data(), text.size()) < 0) _exit(99);
  }
  void wait_for_go() {
    char byte;
    if (read(down_[0], &byte, 1) <= 0) _exit(98);
  }

  // In the parent:
  std::string hear() {
    std::string line;
    for (char byte; read(up_[0], &byte, 1) == 1 && byte != '\n';) line += byte;
    return line;
  }
  void go() {
    if (write(down_[1], "!", 1) < 0) ADD_FAILURE();
  }
  void signal(int number) { ::kill(pid_, number); }
  void kill(int number) {
    ::kill(pid_, number);
    result();
  }
  int result() {
    int status = 0;
    if (pid_ > 0) waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  int up_[2], down_[2];
  pid_t pid_ = -1;
};

class Processes : public testing::Test {
 protected:
  /// A consumer that takes `count`, says so, and holds them until it is told to go on; then acks: 0 if all were
  /// honoured, 7 if all were lost.
  std::unique_ptr<Child> holder(std::size_t count, Millis lease, bool ordered = false,
                                GroupSpec::Mode mode = GroupSpec::shared) {
    return std::make_unique<Child>([=, this](Child& self) {
      self.wait_for_go();
      TestRuntime runtime;
      Broker broker(directory_.path(), runtime);
      Receiver receiver(*broker, broker.address("orders", ordered), {.name = "g", .mode = mode}, lease, count);
      const auto got = receiver.wait(count);
      self.say(std::to_string(got.size()));
      self.wait_for_go();
      std::size_t lost = 0;
      for (const auto& one : got) lost += receiver.ack(one).code == Errc::lost ? 1 : 0;
      return lost == 0 ? 0 : lost == count ? 7 : 1;
    });
  }
  static void publish(Broker& broker, const std::vector<std::string>& messages, bool ordered = false) {
    const auto to = broker.address("orders", ordered);
    Sender sender(*broker);
    std::vector<driver::Tag> tags;
    for (const auto& message : messages) {
      const auto colon = message.find(':');
      tags.push_back(sender.submit(to, message.substr(colon + 1), message.substr(0, colon), ""));
    }
    // Before it stops: its deadline is of the true time, the broker's may be ahead.
    for (const auto tag : tags) EXPECT_EQ(sender.wait(tag).error.code, Errc::ok);
  }

  Directory directory_;
};

TEST_F(Processes, WhatAKilledOneHeldIsTakenOverWithinItsLease) {
  const auto child = holder(3, 400ms);
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  publish(broker, {":1", ":2", ":3", ":4"});
  child->go();
  ASSERT_EQ(child->hear(), "3");
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  EXPECT_EQ(receiver.wait(1)[0].id, "4");
  child->kill(SIGKILL);
  const auto killed = runtime.now();
  const auto got = receiver.wait(4);
  ASSERT_EQ(got.size(), 4u);
  EXPECT_LT(runtime.now() - killed, 400ms + 2s);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(got[i].id, std::to_string(i));
    EXPECT_EQ(got[i].deliveries, 2u);
    EXPECT_EQ(got[i].failures, 0u);
  }
}

TEST_F(Processes, AKeyStaysWithAKilledOneUntilItsLeaseEnds) {
  const auto child = holder(2, 400ms, true);
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders", true), {{.name = "g"}}));
  publish(broker, {"A:1", "A:2", "B:3", "A:4"}, true);
  child->go();
  ASSERT_EQ(child->hear(), "2");
  Receiver receiver(*broker, broker.address("orders", true), {.name = "g"});
  EXPECT_EQ(receiver.wait(1)[0].id, "3");
  child->kill(SIGKILL);
  std::vector<std::string> ids;
  for (const auto& got : receiver.wait(4)) ids.push_back(got.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"3", "1", "2", "4"}));
}

TEST_F(Processes, AFrozenOnesLateOutcomesAreLost) {
  const auto child = holder(2, 300ms);
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  publish(broker, {":1", ":2"});
  child->go();
  ASSERT_EQ(child->hear(), "2");
  child->signal(SIGSTOP);
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  const auto got = receiver.wait(2);
  ASSERT_EQ(got.size(), 2u);
  child->signal(SIGCONT);
  child->go();
  EXPECT_EQ(child->result(), 7) << "lost, and not an ack of somebody else's delivery";
  EXPECT_EQ(broker.inspect(broker.address("orders"), "g")->in_flight, 2u);
  EXPECT_FALSE(receiver.ack(got[0]));
}

TEST_F(Processes, TheNextExclusiveMemberComesWithinALease) {
  const auto child = holder(1, 400ms, false, GroupSpec::exclusive);
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  const GroupSpec spec{.name = "g", .mode = GroupSpec::exclusive};
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {spec}));
  publish(broker, {":1", ":2"});
  child->go();
  ASSERT_EQ(child->hear(), "1");
  Receiver receiver(*broker, broker.address("orders"), spec);
  EXPECT_EQ(receiver.wait(1, 100ms).size(), 0u);
  child->kill(SIGKILL);
  EXPECT_EQ(receiver.wait(2).size(), 2u);
}

TEST_F(Processes, ThenTheKilledOneIsNotActiveAgain) {
  const auto child = holder(1, 400ms, false, GroupSpec::exclusive);
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  const GroupSpec spec{.name = "g", .mode = GroupSpec::exclusive};
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {spec}));
  publish(broker, {":1"});
  child->go();
  ASSERT_EQ(child->hear(), "1");
  child->signal(SIGSTOP);
  Receiver receiver(*broker, broker.address("orders"), spec);
  const auto stopped = runtime.now();
  EXPECT_EQ(receiver.wait(1).size(), 1u);
  EXPECT_LT(runtime.now() - stopped, 400ms + 2s);
  child->signal(SIGCONT);
  child->go();
  EXPECT_EQ(child->result(), 7) << "its outcome is lost";
  publish(broker, {":2"});
  EXPECT_EQ(receiver.wait(2)[1].id, "2");
}

TEST_F(Processes, WhatAKilledReaderOfDeadLettersHeldIsFree) {
  Child child([&](Child& self) {
    self.wait_for_go();
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    Receiver letters(*broker, broker.dead_letters("orders", "g"), {.name = "g"}, 400ms, 2);
    self.say(std::to_string(letters.wait(2).size()));
    self.wait_for_go();
    return 0;
  });
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  const auto dead = broker.dead_letters("orders", "g");
  Sender sender(*broker);
  for (const auto* id : {"1/g", "2/g", "3/g"}) ASSERT_FALSE(sender.send(dead, id, "", "").error);
  child.go();
  ASSERT_EQ(child.hear(), "2");
  EXPECT_EQ(broker.inspect(dead, "g")->in_flight, 2u);
  child.kill(SIGKILL);
  Receiver letters(*broker, dead, {.name = "g"});
  const auto got = letters.wait(3);
  ASSERT_EQ(got.size(), 3u);
  for (const auto& one : got) EXPECT_FALSE(letters.ack(one));
  EXPECT_EQ(broker.inspect(broker.address("orders"), "g")->data_loss, 3u);
}

TEST_F(Processes, WhatAKilledBroadcastMadeIsRemoved) {
  Child child([&](Child& self) {
    self.wait_for_go();
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    Receiver watch(*broker, broker.address("orders"), {.name = "w", .mode = GroupSpec::broadcast}, 400ms);
    self.say(std::to_string(watch.wait(1).size()));
    self.wait_for_go();
    return 0;
  });
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {}));
  child.go();
  const auto groups = [&] { return query(directory_.file(".db"), "SELECT count(*) FROM groups"); };
  while (groups() == 0) std::this_thread::yield();
  publish(broker, {":1"});
  ASSERT_EQ(child.hear(), "1");
  child.kill(SIGKILL);
  publish(broker, {":2"});
  EXPECT_EQ(groups(), 1) << "it may only be stopped";
  runtime.advance(25h);
  publish(broker, {":3"});
  EXPECT_EQ(groups(), 0);
  for (const auto* table : {"members", "grants", "waiting"})
    EXPECT_EQ(query(directory_.file(".db"), std::string("SELECT count(*) FROM ") + table), 0) << table;
}

TEST_F(Processes, ACommitElsewhereWakesAConsumer) {
  Child child([&](Child& self) {
    self.wait_for_go();
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    Sender sender(*broker);
    for (int i = 0; i < 10; ++i) {
      self.wait_for_go();
      sender.send(broker.address("orders"), std::to_string(i), "", "");
    }
    return 0;
  });
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  ASSERT_TRUE(receiver.wait_alive());
  child.go();
  const auto before = runtime.now();
  for (std::size_t i = 0; i < 10; ++i) {
    child.go();
    ASSERT_EQ(receiver.wait(i + 1).size(), i + 1);
  }
  // Without being woken each would take half a second on average.
  EXPECT_LT(runtime.now() - before, 3s);
}

TEST_F(Processes, WhatAKilledPublisherWasToldIsKept) {
  std::set<std::string> confirmed;
  for (int round = 0; round < 5; ++round) {
    Child child([&](Child& self) {
      TestRuntime runtime;
      Broker broker(directory_.path(), runtime);
      Sender sender(*broker);
      for (int i = 0;; ++i) {
        const auto id = std::to_string(round) + "-" + std::to_string(i);
        if (!sender.send(broker.address("orders"), id, "", "body").error) self.say(id);
      }
      return 0;
    });
    for (int i = 0; i < 20 + round * 7; ++i) confirmed.insert(child.hear());
    child.kill(SIGKILL);
    for (std::string id; !(id = child.hear()).empty();) confirmed.insert(id);
  }
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g", .from = "earliest"}}));
  const auto waiting = broker.inspect(broker.address("orders"), "g")->waiting.value();
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  std::set<std::string> got;
  for (const auto& one : receiver.wait(waiting)) got.insert(one.id);
  EXPECT_GE(confirmed.size(), 100u);
  for (const auto& id : confirmed) EXPECT_TRUE(got.contains(id)) << id;
}

TEST_F(Processes, OneFrozenInACommitIsNamed) {
  Child child([&](Child& self) {
    self.wait_for_go();
    TestRuntime runtime;
    auto wake = WakeFile::open(directory_.file(".wake")).value();
    auto turnstile = Turnstile::open(directory_.file(".turnstile"), wake.turns()).value();
    if (!turnstile.enter(runtime, runtime.now() + 5s)) return 1;
    self.say("in");
    self.wait_for_go();
    turnstile.leave();
    return 0;
  });
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  publish(broker, {":1"});
  Receiver receiver(*broker, to, {.name = "g"}, 60s);
  const auto got = receiver.wait(1)[0];
  child.go();
  ASSERT_EQ(child.hear(), "in");
  Sender sender(*broker);
  const auto outcome = sender.send(to, "a", "", "");
  EXPECT_EQ(outcome.error.code, Errc::unavailable);
  EXPECT_NE(outcome.error.message.find("process " + std::to_string(child.pid())), std::string::npos)
      << outcome.error.message;
  const driver::Settle settle{.tag = got.tag};
  receiver->settle({&settle, 1});
  child.go();
  EXPECT_TRUE(receiver.wait_settled(1)) << "an outcome waits";
  EXPECT_FALSE(sender.send(to, "a", "", "").error);
  EXPECT_EQ(broker.inspect(to, "g")->done, 1u);
}

TEST_F(Processes, AllGetTheirTurn) {
  std::vector<std::unique_ptr<Child>> children;
  for (int c = 0; c < 4; ++c)
    children.push_back(std::make_unique<Child>([&, c](Child& self) {
      self.wait_for_go();
      TestRuntime runtime;
      Broker broker(directory_.path(), runtime);
      Sender sender(*broker);
      driver::Clock::duration longest{};
      for (int i = 0; i < 100; ++i) {
        const auto before = runtime.now();
        if (sender.send(broker.address("orders"), std::to_string(c) + "-" + std::to_string(i), "", "").error) return 1;
        if (i > 0) longest = std::max(longest, runtime.now() - before);
      }
      self.say(std::to_string(std::chrono::duration_cast<Millis>(longest).count()));
      return 0;
    }));
  for (const auto& child : children) child->go();
  for (const auto& child : children) {
    EXPECT_LT(std::stoi(child->hear()), 2000);
    EXPECT_EQ(child->result(), 0);
  }
}

TEST_F(Processes, AnIdleConsumerWakesOnceASecond) {
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  const auto signs = receiver.alive();
  ASSERT_TRUE(receiver.wait_alive(signs + 2));
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  ASSERT_TRUE(receiver.wait_alive(signs + 5));
  getrusage(RUSAGE_SELF, &after);
  // Three signs of life in three seconds: the engine's thread and this one, a few switches each.
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 40);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
