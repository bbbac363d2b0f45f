// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/receipt_json.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::string text(std::optional<std::uint64_t> line, const Result<Receipt>& result) {
  std::string out;
  append_receipt(out, line, "orders:new", "dev", result);
  return out;
}

TEST(ReceiptJson, OfALine) {
  EXPECT_EQ(text(17, Receipt{.id = "a", .provider = "local", .native_id = "9"}),
            R"({"line":17,"id":"a","event":"orders:new","env":"dev","provider":"local","native_id":"9","sends":1,)"
            R"("deduplicated":false})"
            "\n");
}

TEST(ReceiptJson, OfASinglePublish) {
  EXPECT_EQ(text({}, Receipt{.id = "a", .provider = "kafka", .sends = 2, .deduplicated = true}),
            R"({"id":"a","event":"orders:new","env":"dev","provider":"kafka","native_id":null,"sends":2,)"
            R"("deduplicated":true})"
            "\n");
}

TEST(ReceiptJson, OfARefusedLine) {
  EXPECT_EQ(text(18, Error{.code = Errc::timed_out, .message = "no \"room\"", .provider = "kafka"}),
            R"({"line":18,"error":{"name":"TIMED_OUT","code":"timed_out","message":"no \"room\"","hint":null,)"
            R"("provider":"kafka","native":null}})"
            "\n");
}

}  // namespace
}  // namespace ductape::cli
