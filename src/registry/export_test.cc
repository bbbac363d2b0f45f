// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ductape/registry.hpp>

namespace ductape::inline v0 {
namespace {

// Words and numbers that YAML could take for something else.
constexpr auto file = R"(
product: shop
brokers:
  - tag: orders
    name: "no"
    description: "with: a colon, \"quotes\", a line\nand é"
    envs: [{ slug: dev, type: LOCAL }, { slug: prd, type: LOCAL }]
    topics:
      - tag: new-orders
        name: "12345"
        sample: { orderId: "0123", total: 99.99, big: 12345678901234567890, none: null, list: [], of: {}, yes: true, e: 1.0e+30 }
        schema: enforce
        ordered: true
        policy: { max_attempts: 3, backoff: { min: 1500ms, max: 5m }, dedup: 1h, retention: { age: 7d, bytes: 1GiB } }
        groups: [{ name: billing, from: earliest }, { name: audit, mode: exclusive, from: "2026-11-21T10:11:12Z" }]
      - tag: refunds
  - tag: empty
    envs: [{ slug: dev, type: LOCAL }]
)";

std::string round_trip(const std::string& text, DocumentFormat format) {
  auto registry = Registry::open("memory:").value();
  const auto applied = registry.apply(text);
  if (!applied) return applied.error().message;
  return registry.export_product("shop", format).value();
}

TEST(Export, IsWhatApplyAccepts) {
  for (const auto format : {DocumentFormat::yaml, DocumentFormat::json}) {
    const auto first = round_trip(file, format);
    EXPECT_EQ(round_trip(first, format), first);
    for (const auto other : {DocumentFormat::yaml, DocumentFormat::json})
      EXPECT_EQ(round_trip(round_trip(first, other), format), first);
  }
}

TEST(Export, ChangesNothingWhereItCameFrom) {
  auto registry = Registry::open("memory:").value();
  (void)registry.apply(file).value();
  const auto again = registry.apply(registry.export_product("shop").value(), {.prune = true}).value();
  for (const auto& change : again.changes) EXPECT_EQ(change.kind, Change::Kind::unchanged) << change.object;
}

// What a YAML writer changes, or a YAML reader takes for a key no longer.
TEST(Export, KeepsTextsThatAreHardToWrite) {
  const auto text = R"({"product": "shop", "brokers": [{"tag": "a", "name": ")" +
                    std::string("\xef\xbf\xbf \xef\xb7\x90 \xf0\x9f\xbf\xbe") +
                    R"(", "envs": [{"slug": "dev", "type": "LOCAL"}], "topics": [{"tag": "t", "sample": {")" +
                    std::string(1100, 'k') + R"(": 1, "a\nb": "\u0007\u2028"}}]}]})";
  const auto first = round_trip(text, DocumentFormat::json);
  EXPECT_NE(first.find(std::string(1100, 'k')), std::string::npos) << first;
  EXPECT_EQ(round_trip(round_trip(first, DocumentFormat::yaml), DocumentFormat::json), first);
}

TEST(Export, AnEmptyProductAndAnAbsentOne) {
  auto registry = Registry::open("memory:").value();
  registry.create(Product{.tag = "shop"}).value();
  EXPECT_EQ(registry.export_product("shop").value(), "product: shop\nbrokers: []\n");
  EXPECT_EQ(registry.export_product("else").error().name(), "PRODUCT_NOT_FOUND");
}

}  // namespace
}  // namespace ductape::inline v0
