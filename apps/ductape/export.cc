// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/ductape/options.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

ExitCode write(Console& console, const Globals& globals, const std::string& format) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  const bool json = console.json() || format == "json";
  auto text = store->registry.export_product(store->product, json ? DocumentFormat::json : DocumentFormat::yaml);
  if (!text) return console.fail(text.error());
  return console.print(console.json() ? nlohmann::ordered_json::parse(*text).dump() + "\n" : *text);
}

}  // namespace

void add_export(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "export", "Print the product as a file that apply accepts",
                              "  ductape export > shop.yaml\n  ductape export --product shop --format json");
  auto format = std::make_shared<std::string>("yaml");
  one_of(command->add_option("--format", *format, "How it is written"), {"yaml", "json"})->capture_default_str();
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, format](Console& console) { return write(console, globals, *format); });
}

}  // namespace ductape::cli
