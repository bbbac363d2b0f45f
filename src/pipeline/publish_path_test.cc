// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/publish_path.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/manual_runtime.h"
#include "tests/support/scripted_driver.h"

namespace ductape::inline v0::pipeline {
namespace {

using namespace std::chrono_literals;

class PublishPathTest : public testing::Test {
 protected:
  PublishPathTest() {
    for (Route* each : {&route, &ordered}) {
      each->event = "orders:new";
      each->source = "/shop/dev";
      each->provider = "scripted";
      each->capabilities = support::scripted_capabilities();
      each->address.native = "new";
    }
    ordered.ordered = true;
  }
  ~PublishPathTest() override { finish(); }

  void finish() {
    if (!path) return;
    if (driver.publishing) {
      auto* session = driver.publishing;
      std::thread closer([&] { path->close(runtime.now()); });
      while (!session->stopped) std::this_thread::yield();
      driver.publishing = nullptr;
      session->sink.ended({});
      runtime.run();
      closer.join();
    }
    path.reset();
  }

  Future<Receipt> publish(PublishOptions options = {}, const Route* to = nullptr) {
    auto state = std::make_shared<detail::FutureState<Receipt>>();
    std::string message = "{}";
    Submission submission{to ? to : options.key.empty() ? &route : &ordered, message, options, state, runtime.now()};
    path->publish(std::span(&submission, 1));
    return Future<Receipt>(state);
  }

  support::ManualRuntime runtime;
  support::ScriptedConnection driver;
  Route route, ordered;
  std::shared_ptr<PublishPath> path = std::make_shared<PublishPath>(driver, runtime, runtime, "scripted",
                                                                    PublishLimits{.messages = 4, .bytes = 1 << 20});
};

TEST_F(PublishPathTest, a_confirmed_message_has_a_receipt) {
  auto future = publish({.id = "a"});
  EXPECT_FALSE(future.ready());
  driver.publishing->accept(0);
  const auto receipt = future.get().value();
  EXPECT_EQ(receipt.id, "a");
  EXPECT_EQ(receipt.provider, "scripted");
  EXPECT_EQ(receipt.native_id, "native");
  EXPECT_EQ(receipt.sends, 1u);
}

TEST_F(PublishPathTest, a_refusal_that_waiting_does_not_cure_is_reported_at_once) {
  auto future = publish();
  driver.publishing->refuse(0, Errc::permission_denied);
  EXPECT_EQ(future.get().error().code, Errc::permission_denied);
}

TEST_F(PublishPathTest, a_refusal_that_waiting_cures_is_sent_again_with_the_same_id) {
  auto future = publish({.id = "a"});
  driver.publishing->refuse(0, Errc::throttled);
  EXPECT_FALSE(future.ready());
  runtime.advance(1s);
  ASSERT_EQ(driver.publishing->ids, (std::vector<std::string>{"a", "a"}));
  driver.publishing->accept(1);
  EXPECT_EQ(future.get().value().sends, 2u);
}

TEST_F(PublishPathTest, a_cut_session_is_replaced_and_everything_unconfirmed_sent_again_in_order) {
  auto a = publish({.id = "a"}), b = publish({.id = "b"}), c = publish({.id = "c"});
  driver.publishing->accept(1);
  driver.publishing->sink.ended({.code = Errc::unavailable, .message = "cut"});
  auto d = publish({.id = "d"});
  runtime.advance(10s);
  EXPECT_EQ(driver.publisher_sessions, 2);
  ASSERT_EQ(driver.publishing->ids, (std::vector<std::string>{"a", "c", "d"}));
  for (std::size_t i = 0; i < 3; ++i) driver.publishing->accept(i);
  EXPECT_EQ(a.get().value().sends, 2u);
  EXPECT_EQ(b.get().value().sends, 1u);
  EXPECT_EQ(c.get().value().sends, 2u);
  EXPECT_EQ(d.get().value().sends, 1u);
}

TEST_F(PublishPathTest, who_asks_for_a_report_of_an_unknown_outcome_gets_it_after_one_sending) {
  auto future = publish({.on_unknown = PublishOptions::OnUnknown::report});
  driver.publishing->sink.ended({.code = Errc::unavailable, .message = "cut"});
  runtime.run();
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown);
}

TEST_F(PublishPathTest, at_the_deadline_what_was_never_handed_over_has_timed_out) {
  driver.room = 0;
  auto future = publish({.deadline = 2s});
  runtime.advance(1999ms);
  EXPECT_FALSE(future.ready());
  runtime.advance(2ms);
  EXPECT_EQ(future.get().error().code, Errc::timed_out);
}

TEST_F(PublishPathTest, at_the_deadline_what_was_handed_over_is_of_unknown_outcome_and_its_bytes_stay) {
  auto future = publish({.id = "a", .deadline = 2s});
  runtime.advance(3s);
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown);
  driver.publishing->accept(0);  // the driver may still read the record until here
}

TEST_F(PublishPathTest, at_the_deadline_what_the_driver_has_not_handed_over_either_has_timed_out) {
  driver.hands_over = false;
  auto future = publish({.id = "a", .deadline = 2s});
  auto longer = publish({.id = "b", .deadline = 3s});
  runtime.advance(2001ms);
  const auto error = future.get().error();
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_NE(error.message.find("0 sendings"), std::string::npos) << error.message;
  EXPECT_FALSE(longer.ready());
  driver.publishing->accept(1);
  EXPECT_EQ(longer.get().value().id, "b");
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(publish({.on_full = PublishOptions::OnFull::reject}).ready()) << i;
}

TEST_F(PublishPathTest, a_message_of_which_an_earlier_sending_is_unknown_stays_so_when_a_later_one_is_taken_back) {
  auto future = publish({.id = "a", .deadline = 2s});
  driver.publishing->refuse(0, Errc::outcome_unknown);
  driver.hands_over = false;
  runtime.advance(3s);
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown);
}

TEST_F(PublishPathTest, a_full_window_is_queue_full_for_who_does_not_want_to_wait) {
  std::vector<Future<Receipt>> inside;
  for (int i = 0; i < 4; ++i) inside.push_back(publish());
  auto refused = publish({.on_full = PublishOptions::OnFull::reject});
  const auto result = refused.get();
  EXPECT_EQ(result.error().code, Errc::queue_full);
  EXPECT_NE(result.error().hint.find("publish_window"), std::string::npos);
  driver.publishing->accept(0);
  EXPECT_FALSE(publish({.on_full = PublishOptions::OnFull::reject}).ready());
}

TEST_F(PublishPathTest, a_full_window_lets_a_caller_in_as_soon_as_there_is_room) {
  std::vector<Future<Receipt>> inside;
  for (int i = 0; i < 4; ++i) inside.push_back(publish());
  std::thread caller([&] { inside.push_back(publish({.id = "late"})); });
  driver.publishing->accept(0);  // before or after the caller began to wait: it gets in
  caller.join();
  EXPECT_EQ(driver.publishing->ids.back(), "late");
}

TEST_F(PublishPathTest, an_earlier_message_of_a_key_is_never_sent_after_a_later_one_was_accepted) {
  auto first = publish({.key = "k", .id = "1"}), second = publish({.key = "k", .id = "2"});
  driver.publishing->accept(1);
  driver.publishing->refuse(0, Errc::throttled);
  EXPECT_EQ(second.get().value().id, "2");
  EXPECT_EQ(first.get().error().code, Errc::throttled);
  runtime.advance(10s);
  EXPECT_EQ(driver.publishing->ids.size(), 2u);
}

TEST_F(PublishPathTest, one_that_is_overtaken_while_it_waits_is_not_sent_again) {
  auto first = publish({.key = "k", .id = "1"}), second = publish({.key = "k", .id = "2"});
  driver.publishing->refuse(0, Errc::throttled);
  runtime.advance(1s);  // its time has come, but the later one may be accepted any moment
  EXPECT_EQ(driver.publishing->ids.size(), 2u);
  driver.publishing->accept(1);
  EXPECT_EQ(second.get().value().id, "2");
  EXPECT_FALSE(first.get().ok());
  runtime.advance(10s);
  EXPECT_EQ(driver.publishing->ids.size(), 2u);
}

TEST_F(PublishPathTest, one_that_was_refused_is_not_sent_again_when_a_later_one_may_be_stored) {
  auto first = publish({.key = "k", .id = "1"}), second = publish({.key = "k", .id = "2"});
  auto other = publish({.key = "other", .id = "3"});
  driver.publishing->refuse(0, Errc::throttled);
  driver.publishing->refuse(1, Errc::outcome_unknown);
  driver.publishing->refuse(2, Errc::throttled);
  runtime.advance(10s);
  const auto failure = first.get().error();
  EXPECT_EQ(failure.code, Errc::unavailable);
  EXPECT_NE(failure.message.find("may have been accepted"), std::string::npos) << failure.message;
  EXPECT_EQ(std::count(driver.publishing->ids.begin(), driver.publishing->ids.end(), "1"), 1);
  EXPECT_EQ(std::count(driver.publishing->ids.begin(), driver.publishing->ids.end(), "2"), 2);
  EXPECT_EQ(std::count(driver.publishing->ids.begin(), driver.publishing->ids.end(), "3"), 2);
}

TEST_F(PublishPathTest, after_an_end_that_leaves_both_unknown_both_are_sent_again_in_order) {
  auto first = publish({.key = "k", .id = "1"}), second = publish({.key = "k", .id = "2"});
  driver.publishing->refuse(0, Errc::outcome_unknown);
  driver.publishing->refuse(1, Errc::outcome_unknown);
  runtime.advance(10s);
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"1", "2", "1", "2"}));
}

TEST_F(PublishPathTest, new_messages_of_a_key_do_not_pass_one_whose_time_has_come_but_that_must_wait) {
  auto first = publish({.key = "k", .id = "1"}), second = publish({.key = "k", .id = "2"});
  driver.publishing->refuse(0, Errc::throttled);
  runtime.advance(1s);  // its time has come, but the second may be accepted any moment
  auto third = publish({.key = "k", .id = "3"}), other = publish({.key = "other", .id = "4"});
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"1", "2", "4"}));
  driver.publishing->refuse(1, Errc::throttled);
  runtime.advance(10s);
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"1", "2", "4", "1", "2", "3"}));
}

TEST_F(PublishPathTest, later_messages_of_a_key_wait_while_an_earlier_one_waits_to_be_sent_again) {
  auto first = publish({.key = "k", .id = "1"});
  driver.publishing->refuse(0, Errc::throttled);
  auto second = publish({.key = "k", .id = "2"}), other = publish({.key = "other", .id = "3"});
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"1", "3"}));
  runtime.advance(1s);
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"1", "3", "1", "2"}));
}

TEST_F(PublishPathTest, what_the_driver_did_not_take_goes_when_it_is_writable_again) {
  driver.room = 1;
  auto a = publish({.id = "a"}), b = publish({.id = "b"}), c = publish({.id = "c"});
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"a"}));
  driver.room = 10;
  driver.publishing->sink.writable();
  EXPECT_EQ(driver.publishing->ids, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(PublishPathTest, bad_input_is_refused_before_anything_is_sent) {
  EXPECT_EQ(publish({.key = "k"}, &route).get().error().code, Errc::invalid_argument);
  EXPECT_EQ(publish({.headers = {{"bad name", "v"}}}).get().error().code, Errc::invalid_argument);
  EXPECT_EQ(publish({.headers = {{"ce-id", "v"}}}).get().error().code, Errc::invalid_argument);
  auto state = std::make_shared<detail::FutureState<Receipt>>();
  std::string message(1 << 20, 'x');
  PublishOptions options;
  Submission large{&route, message, options, state, runtime.now()};
  path->publish(std::span(&large, 1));
  const auto error = Future<Receipt>(state).get().error();
  EXPECT_EQ(error.code, Errc::message_too_large);
  EXPECT_NE(error.message.find("1040384"), std::string::npos) << error.message;  // 1 MiB less the room for diagnostics
  EXPECT_EQ(driver.publishing, nullptr);
}

TEST_F(PublishPathTest, results_of_a_batch_come_together_and_in_order) {
  auto batch = std::make_shared<Batch>(2);
  auto future = Future<std::vector<Result<Receipt>>>(batch->future);
  std::vector<Submission> submissions;
  std::string messages[] = {"{}", "{}"};
  PublishOptions options[] = {{.id = "a"}, {.id = "b"}};
  for (std::size_t i = 0; i < 2; ++i)
    submissions.push_back({&route, messages[i], options[i], BatchSlot{batch, i}, runtime.now()});
  path->publish(submissions);
  driver.publishing->refuse(1, Errc::permission_denied);
  EXPECT_FALSE(future.ready());
  driver.publishing->accept(0);
  const auto results = future.get().value();
  EXPECT_EQ(results[0].value().id, "a");
  EXPECT_EQ(results[1].error().code, Errc::permission_denied);
}

TEST_F(PublishPathTest, closing_answers_everything_and_refuses_the_rest) {
  auto future = publish();
  finish();
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown);
}

}  // namespace
}  // namespace ductape::inline v0::pipeline
