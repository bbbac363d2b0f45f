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

TEST(ProviderTypes, FieldsOfALinkedOneByFolderAliasAndNewName) {
  const FakeProvider sqs("sqs", {{.name = "x"}}), acme("acme", {{.name = "y"}});
  const std::array<const driver::Provider*, 2> linked{&acme, &sqs};
  EXPECT_EQ(fields_of("AWS_SQS", linked).value()[0].name, "x");
  EXPECT_EQ(fields_of("sqs", linked).value()[0].name, "x");
  EXPECT_EQ(fields_of("ACME", linked).value()[0].name, "y");
}

TEST(ProviderTypes, FieldsOfOneThatIsNotInThisBuild) {
  EXPECT_EQ(fields_of("kafka", {}).value()[0].name, "brokers");
  EXPECT_EQ(fields_of("GOOGLE_PUBSUB", {}).value()[0].name, "projectId");
  const auto typo = fields_of("KAKFA", {});
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, Errc::invalid_argument);
  EXPECT_EQ(typo.error().message, "unknown type \"KAKFA\"; did you mean \"KAFKA\"?");
  EXPECT_EQ(typo.error().hint, "one of AWS_SQS, GOOGLE_PUBSUB, KAFKA, LOCAL, NATS, RABBITMQ, REDIS");
}

}  // namespace
}  // namespace ductape::inline v0::model
