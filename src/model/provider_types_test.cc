// SPDX-License-Identifier: Apache-2.0
#include "src/model/provider_types.h"

#include <gtest/gtest.h>

#include <array>

#include "src/model/fake_provider_test.h"

namespace ductape::inline v0::model {
namespace {

TEST(ProviderTypes, AnyCaseAndTheAliasesHaveOneForm) {
  for (auto [given, stored] : {std::pair<const char*, const char*>{"KAFKA", "KAFKA"},
                               {"kafka", "KAFKA"},
                               {"RabbitMQ", "RABBITMQ"},
                               {"sqs", "AWS_SQS"},
                               {"aws_sqs", "AWS_SQS"},
                               {"AWS-SQS", "AWS_SQS"},
                               {"pubsub", "GOOGLE_PUBSUB"},
                               {"google_pubsub", "GOOGLE_PUBSUB"},
                               {"nats", "NATS"},
                               {"Redis", "REDIS"},
                               {"local", "LOCAL"},
                               {"acme", "ACME"}})
    EXPECT_EQ(canonical_type(given), stored);
}

TEST(ProviderTypes, FindsByFolderAliasAndNewName) {
  const FakeProvider sqs("sqs"), acme("acme");
  const std::array<const driver::Provider*, 2> linked{&acme, &sqs};
  EXPECT_EQ(provider_of("AWS_SQS", linked).value(), &sqs);
  EXPECT_EQ(provider_of("sqs", linked).value(), &sqs);
  EXPECT_EQ(provider_of("ACME", linked).value(), &acme);
}

TEST(ProviderTypes, TellsNotInThisBuildFromUnknown) {
  const FakeProvider acme("acme");
  const std::array<const driver::Provider*, 1> linked{&acme};
  const auto kafka = provider_of("kafka", linked);
  ASSERT_FALSE(kafka);
  EXPECT_EQ(kafka.error().code, Errc::unsupported);
  EXPECT_EQ(kafka.error().message, "the provider of type KAFKA is not in this build");
  EXPECT_EQ(kafka.error().hint, "in this build: ACME");
  const auto typo = provider_of("KAKFA", linked);
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, Errc::invalid_argument);
  EXPECT_EQ(typo.error().message, "unknown type \"KAKFA\"; did you mean \"KAFKA\"?");
}

}  // namespace
}  // namespace ductape::inline v0::model
