// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "apps/ductape/exec_handler.h"

namespace ductape::cli {
namespace {

TEST(ExecOutcome, TheExitStatusDecides) {
  EXPECT_EQ(outcome_of({.status = 0}, "warning").kind, Outcome::ack);
  EXPECT_EQ(outcome_of({.status = 65}, "").kind, Outcome::dead_letter);
  for (const int status : {1, 2, 64, 66, 126, 127, 255})
    EXPECT_EQ(outcome_of({.status = status}, "").kind, Outcome::retry) << status;
  EXPECT_EQ(outcome_of({.signal = 9}, "").kind, Outcome::retry);
  EXPECT_EQ(outcome_of({.signal = 65}, "").kind, Outcome::retry);
}

TEST(ExecOutcome, TheLastLineIsTheError) {
  EXPECT_EQ(outcome_of({.status = 1}, "card refused").error, "card refused");
  EXPECT_EQ(outcome_of({.status = 65}, "negative total").error, "negative total");
  EXPECT_EQ(outcome_of({.status = 65}, "").error, "exit status 65");
  EXPECT_EQ(outcome_of({.signal = 9}, "").error, "killed by signal 9 (SIGKILL)");
  EXPECT_EQ(outcome_of({.signal = 11}, "core").error, "core");
}

Context context(std::string_view key, std::optional<std::uint32_t> deliveries) {
  auto data = std::make_shared<detail::MessageData>();
  data->event = "orders:new";
  data->group = "billing";
  data->id = "id-1";
  data->key = key;
  data->attempt = 2;
  data->deliveries = deliveries;
  return Context(Message(std::move(data)));
}

TEST(ExecOutcome, TheEnvironmentIsOursWithTheMessages) {
  const char* const ours[] = {"PATH=/bin", "DUCTAPE_ID=of another", "DUCTAPE_ENV=dev", "DUCTAPE_IDLE=x", nullptr};
  EXPECT_EQ(handler_environment(context("k=v", 3), ours),
            (std::vector<std::string>{"DUCTAPE_ID=id-1", "DUCTAPE_KEY=k=v", "DUCTAPE_EVENT=orders:new",
                                      "DUCTAPE_GROUP=billing", "DUCTAPE_ATTEMPT=2", "DUCTAPE_DELIVERIES=3", "PATH=/bin",
                                      "DUCTAPE_ENV=dev", "DUCTAPE_IDLE=x"}));
}

TEST(ExecOutcome, WhatThereIsNotIsEmpty) {
  const char* const ours[] = {nullptr};
  const auto all = handler_environment(context("", {}), ours);
  EXPECT_EQ(all[1], "DUCTAPE_KEY=");
  EXPECT_EQ(all[5], "DUCTAPE_DELIVERIES=");
}

}  // namespace
}  // namespace ductape::cli
