// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/ductape/command.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

const std::vector<std::string> next_commands{
    R"(ductape publish events:hello '{"hello":"world"}')",
    "ductape subscribe events:hello --from earliest --count 1",
    "ductape stats",
};

// As a shell reads it back.
std::string shell_word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";
  if (text.find_first_not_of(plain) == text.npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return out + "'";
}

ExitCode init(Console& console, const Globals& globals, std::vector<std::string> envs) {
  constexpr std::string_view scheme = "sqlite:";
  std::string directory = first_of(globals.store, "DUCTAPE_STORE", ".ductape");
  if (directory.starts_with(scheme)) directory.erase(0, scheme.size());
  if (directory.find("://") != directory.npos)
    return console.fail({.code = Errc::unsupported,
                         .message = "init makes a directory, not \"" + directory + "\"",
                         .hint = "leave --store away, or give sqlite:DIR"});
  if (envs.empty()) envs.push_back(first_of(globals.env, "DUCTAPE_ENV", "dev"));
  const auto product = first_of(globals.product, "DUCTAPE_PRODUCT", "demo");
  auto registry = Registry::init({.directory = directory, .product = product, .envs = envs});
  if (!registry) return console.fail(registry.error());
  auto next = next_commands;
  if (!globals.store.empty())
    for (auto& command : next) command += " --store " + shell_word("sqlite:" + registry->directory());
  if (console.json())
    return console.print(nlohmann::ordered_json{
                             {"directory", registry->directory()}, {"product", product}, {"envs", envs}, {"next", next}}
                             .dump() +
                         "\n");
  std::string text =
      "made " + registry->directory() + ": product " + product + ", broker events, topic events:hello\n\n";
  for (const auto& command : next) text += "  " + command + "\n";
  return console.print(text);
}

}  // namespace

void add_init(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "init", "Make a store in .ductape/, with a broker and a topic to begin with",
                              "  ductape init\n  ductape init --product shop --env dev --env prd");
  auto envs = std::make_shared<std::vector<std::string>>();
  command->add_option("-e,--env", *envs, "Environments; the first is the default")->type_name("SLUG");
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, envs](Console& console) { return init(console, globals, *envs); });
}

}  // namespace ductape::cli
