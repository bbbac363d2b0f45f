// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/ductape/objects.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

std::string json_of(const Product& product) {
  return nlohmann::ordered_json{{"tag", product.tag}, {"name", product.name}, {"revision", product.revision}}.dump();
}

ExitCode create(Console& console, const Globals& globals, const Product& product) {
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  auto created = registry->create(product);
  if (!created) return console.fail(created.error());
  return print_created(console, "product " + created->tag, json_of(*created));
}

ExitCode update(Console& console, const Globals& globals, const Product& named) {
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  auto product = registry->product(named.tag);
  if (!product) return console.fail(product.error());
  product->name = named.name;
  auto updated = registry->update(std::move(*product));
  if (!updated) return console.fail(updated.error());
  return print_updated(console, "product " + updated->tag, json_of(*updated));
}

ExitCode list(Console& console, const Globals& globals) {
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  auto found = registry->products();
  if (!found) return console.fail(found.error());
  std::vector<std::string> jsons;
  std::vector<Row> rows;
  for (const auto& product : *found) {
    jsons.push_back(json_of(product));
    rows.push_back({product.tag, product.name});
  }
  return print_list(console, jsons, {"TAG", "NAME"}, rows);
}

ExitCode show(Console& console, const Globals& globals, const std::string& tag) {
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  auto found = registry->product(tag);
  return found ? print_object(console, json_of(*found)) : console.fail(found.error());
}

ExitCode remove(Console& console, const Globals& globals, const std::string& tag) {
  auto registry = open_registry(globals);
  if (!registry) return console.fail(registry.error());
  auto removed = registry->remove_product(tag);
  return removed ? print_deleted(console, "product", tag) : console.fail(removed.error());
}

}  // namespace

void add_product(CLI::App& root, Invocation& invocation) {
  const auto verbs =
      add_noun(root, "product", "What brokers belong to", "  ductape product create shop --name Shop", "shop");
  auto product = std::make_shared<Product>();
  for (auto* verb : {verbs.create, verbs.show, verbs.remove})
    verb->add_option("TAG", product->tag, "The product's tag")->required();
  verbs.create->add_option("--name", product->name, "A name for people; else the tag")->type_name("TEXT");
  auto& update_verb =
      *add_update(*verbs.create->get_parent(), "product", "  ductape product update shop --name \"The shop\"");
  update_verb.add_option("TAG", product->tag, "The product's tag")->required();
  update_verb.add_option("--name", product->name, "A name for people; empty: the tag")->type_name("TEXT")->required();
  const auto& globals = invocation.globals;
  on_call(update_verb, invocation,
          [&globals, product](Console& console) { return update(console, globals, *product); });
  on_call(*verbs.create, invocation,
          [&globals, product](Console& console) { return create(console, globals, *product); });
  on_call(*verbs.list, invocation, [&globals](Console& console) { return list(console, globals); });
  on_call(*verbs.show, invocation,
          [&globals, product](Console& console) { return show(console, globals, product->tag); });
  on_call(*verbs.remove, invocation,
          [&globals, product](Console& console) { return remove(console, globals, product->tag); });
}

}  // namespace ductape::cli
