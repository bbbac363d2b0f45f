// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/table.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

TEST(Table, AlignsColumns) {
  EXPECT_EQ(table({"GROUP", ">WAITING", "STATE"}, {{"billing", "12", "ready"}, {"h\xC3\xA9", "", "pending"}}),
            "GROUP    WAITING  STATE\n"
            "billing       12  ready\n"
            "h\xC3\xA9             -  pending\n");
  EXPECT_EQ(table({"TAG", "NAME"}, {}), "TAG  NAME\n");
}

TEST(Table, OutlineOfAnObject) {
  EXPECT_EQ(outline(R"({"tag":"orders","none":null,"envs":[{"slug":"dev","config":{}},{"slug":"prd"}],"a":[1,"b"]})"),
            "tag: orders\nnone: -\nenvs:\n  -\n    slug: dev\n    config: {}\n  -\n    slug: prd\na: 1 b\n");
  EXPECT_EQ(outline("text"), "text\n");
}

}  // namespace
}  // namespace ductape::cli
