// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "apps/ductape/hidden_input.h"
#include "apps/ductape/input.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

std::string json_of(const SecretInfo& secret) {
  return nlohmann::ordered_json{{"name", secret.name}, {"changed", secret.changed}, {"used_by", secret.used_by}}.dump();
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Result<Secret> read_value(const std::string& name) {
  if (isatty(STDIN_FILENO) != 0) return read_hidden("value of " + name + ": ");
  auto text = read_input("-", 1 << 20);
  if (!text) return std::move(text).error();
  // What `echo` adds is no part of it.
  if (text->ends_with('\n')) text->pop_back();
  return Secret(std::move(*text));
}

ExitCode set(Console& console, const Globals& globals, const std::string& name, bool more) {
  if (more)
    return console.fail({.code = Errc::invalid_argument,
                         .message = "a value is never given as an argument: everybody on this machine could read it",
                         .hint = "ductape secret set " + name + " < FILE, or type it when asked"});
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto value = read_value(name);
  if (!value) return console.fail(value.error());
  auto kept = store->registry.set_secret(store->product, name, *value);
  if (!kept) return console.fail(kept.error());
  return console.print(console.json() ? json_of(*kept) + "\n"
                                      : "secret " + name + " set; write it as $Secret{" + name + "}\n");
}

ExitCode list(Console& console, const Globals& globals) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto found = store->registry.secrets(store->product);
  if (!found) return console.fail(found.error());
  std::vector<std::string> jsons;
  std::vector<Row> rows;
  for (const auto& secret : *found) {
    jsons.push_back(json_of(secret));
    rows.push_back({secret.name, secret.changed, joined(secret.used_by)});
  }
  return print_list(console, jsons, {"NAME", "CHANGED", "USED BY"}, rows);
}

ExitCode remove(Console& console, const Globals& globals, const std::string& name) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto removed = store->registry.remove_secret(store->product, name);
  return removed ? print_deleted(console, "secret", name) : console.fail(removed.error());
}

}  // namespace

void add_secret(CLI::App& root, Invocation& invocation) {
  auto* noun = add_command(root, "secret", "Credentials, sealed in the store; a config names one as $Secret{NAME}",
                           "  ductape secret set KAFKA_PASSWORD < password.txt\n  ductape secret list\n"
                           "  ductape secret rm KAFKA_PASSWORD");
  noun->require_subcommand(1, 1);
  auto name = std::make_shared<std::string>();
  auto* set_verb =
      add_command(*noun, "set", "Keep a value, read from standard input or asked for without echo",
                  "  ductape secret set KAFKA_PASSWORD\n  pass show kafka | ductape secret set KAFKA_PASSWORD");
  auto* list_verb = add_command(*noun, "list", "Names, when they were set, and who uses them; never a value",
                                "  ductape secret list\n  ductape secret list --json");
  auto* remove_verb = add_command(*noun, "rm", "Forget one; refused while a broker's config names it",
                                  "  ductape secret rm KAFKA_PASSWORD");
  for (auto* verb : {set_verb, remove_verb}) verb->add_option("NAME", *name, "The secret's name")->required();
  // Taken so that no usage error repeats it.
  auto surplus = std::make_shared<std::vector<std::string>>();
  set_verb->add_option("VALUE", *surplus)->group("");
  const auto& globals = invocation.globals;
  on_call(*set_verb, invocation,
          [&globals, name, surplus](Console& console) { return set(console, globals, *name, !surplus->empty()); });
  on_call(*list_verb, invocation, [&globals](Console& console) { return list(console, globals); });
  on_call(*remove_verb, invocation, [&globals, name](Console& console) { return remove(console, globals, *name); });
}

}  // namespace ductape::cli
