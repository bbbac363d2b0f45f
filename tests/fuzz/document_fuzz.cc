// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <ductape/registry.hpp>

#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

Registry empty_store() { return Registry::open("memory:").value(); }

template <class Object>
void parse_and_print(std::string_view text) {
  const auto object = Object::parse(text);
  if (!object) return;
  const auto printed = object->json();
  const auto again = Object::parse(printed);
  require(again, "what an object prints is an object");
  require(again->json() == printed, "and prints the same again");
}

void require_unchanged(Registry& registry, const std::string& exported) {
  const auto again = registry.apply(exported, {.prune = true});
  if (!again) require(false, "what is exported is accepted: " + again.error().message + "\n" + exported);
  for (const auto& change : again->changes)
    require(change.kind == Change::Kind::unchanged, "what is exported changes nothing: " + change.object);
}

void require_the_same_elsewhere(const std::string& product, const std::string& exported) {
  auto other = empty_store();
  const auto applied = other.apply(exported);
  if (applied)
    require(other.export_product(product).value() == exported, "exported from another store it is the same");
  else  // the secrets stay where they are
    require(applied.error().code == Errc::not_found && exported.find("$Secret{") != exported.npos,
            "an empty store accepts what is exported: " + applied.error().message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  parse_and_print<Broker>(text);
  parse_and_print<TopicDefinition>(text);

  static Registry rehearsal = empty_store();
  const auto planned = rehearsal.apply(text, {.dry_run = true, .product = "p"});
  if (!planned) return 0;
  auto registry = empty_store();
  const auto applied = registry.apply(text, {.product = "p"});
  require(applied, "what a dry run accepts is accepted");
  require(std::ranges::equal(applied->changes, planned->changes, {}, &Change::object, &Change::object),
          "a dry run names the changes");
  const auto exported = registry.export_product(applied->product).value();
  require_unchanged(registry, exported);
  require_unchanged(registry, registry.export_product(applied->product, DocumentFormat::json).value());
  require_the_same_elsewhere(applied->product, exported);
  return 0;
}
