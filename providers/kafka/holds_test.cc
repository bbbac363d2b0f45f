// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/holds.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::kafka {
namespace {

Hold of_bytes(std::size_t size) {
  auto message = std::make_shared<Arrived>();
  message->bytes.assign(size, 'x');
  message->body = std::as_bytes(std::span(message->bytes));
  return {.message = std::move(message)};
}

TEST(Holds, GiveEachMessageOnceForItsTag) {
  Holds holds;
  const auto first = holds.add(of_bytes(3)), second = holds.add(of_bytes(4));
  EXPECT_EQ(holds.size(), 2u);
  EXPECT_EQ(holds.bytes(), 7u);
  EXPECT_EQ(holds.take(first)->message->body.size(), 3u);
  EXPECT_FALSE(holds.take(first));
  EXPECT_FALSE(holds.take(0));
  EXPECT_FALSE(holds.take(99));
  EXPECT_EQ(holds.bytes(), 4u);
  EXPECT_TRUE(holds.take(second));
  EXPECT_TRUE(holds.empty());
}

TEST(Holds, UseAPlaceAgainUnderAnotherTag) {
  Holds holds;
  const auto first = holds.add(of_bytes(1));
  (void)holds.take(first);
  const auto second = holds.add(of_bytes(2));
  EXPECT_NE(first, second);
  EXPECT_FALSE(holds.take(first)) << "a late outcome is not another message's";
  std::vector<driver::Tag> seen;
  holds.for_each([&](driver::Tag tag, const Hold&) { seen.push_back(tag); });
  EXPECT_EQ(seen, std::vector{second});
  holds.clear();
  EXPECT_TRUE(holds.empty());
  EXPECT_NE(holds.add(of_bytes(1)), second);
}

}  // namespace
}  // namespace ductape::inline v0::kafka
