// SPDX-License-Identifier: Apache-2.0
#include "src/registry/secret_box.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::registry {
namespace {

TEST(SecretBox, OpensWhatItSealed) {
  const SecretBox box(SecretBox::make_key().value());
  for (const auto& value : {std::string(), std::string("hunter2"), std::string(70'000, 'x')}) {
    const auto sealed = box.seal(value, "shop/PW").value();
    EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
    EXPECT_NE(sealed, box.seal(value, "shop/PW").value()) << "no two are alike";
    EXPECT_EQ(box.open(sealed, "shop/PW"), value);
  }
}

TEST(SecretBox, AnythingElseDoesNotOpen) {
  const SecretBox box(SecretBox::make_key().value()), other(SecretBox::make_key().value());
  const auto sealed = box.seal("hunter2", "shop/PW").value();
  EXPECT_FALSE(other.open(sealed, "shop/PW")) << "another key";
  EXPECT_FALSE(box.open(sealed, "shop/OTHER")) << "another record's";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto damaged = sealed;
    damaged[i] = damaged[i] == '0' ? '1' : '0';
    EXPECT_FALSE(box.open(damaged, "shop/PW")) << i;
  }
  for (const std::string text : {"", "00", "zz", "0"}) EXPECT_FALSE(box.open(text, "shop/PW")) << text;
  EXPECT_FALSE(box.open(sealed.substr(0, sealed.size() - 2), "shop/PW"));
}

TEST(SecretBox, AKeyIsSixtyFourHexadecimalDigits) {
  const auto key = SecretBox::make_key().value();
  EXPECT_EQ(SecretBox::parse_key(SecretBox::text_of(key)), key);
  EXPECT_EQ(SecretBox::parse_key(" " + SecretBox::text_of(key) + "\n"), key);
  for (const char* text : {"", " ", "00", "this is a text that is not a key, whatever its length may be ...."})
    EXPECT_FALSE(SecretBox::parse_key(text)) << text;
}

}  // namespace
}  // namespace ductape::inline v0::registry
