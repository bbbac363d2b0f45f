// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/root.h"

#include <ductape/version.hpp>

#include "apps/ductape/nearest.h"
#include "apps/ductape/options.h"

namespace ductape::cli {
namespace {

void add_globals(CLI::App& root, Globals& globals) {
  root.add_option("--store", globals.store,
                  "Where state lives: sqlite:DIR; else DUCTAPE_STORE, else the nearest .ductape/ upwards, else "
                  "$XDG_DATA_HOME/ductape")
      ->type_name("URL");
  root.add_option("-p,--product", globals.product, "Product; else DUCTAPE_PRODUCT, else the store's config.yaml")
      ->type_name("TAG");
  root.add_option("-e,--env", globals.env, "Environment; else DUCTAPE_ENV, else the store's config.yaml, else dev")
      ->type_name("SLUG");
  root.add_flag("--json", globals.json, "JSON on standard output, one document or one a line; errors too");
  one_of(root.add_option("--log-level", globals.log_level, "What is told on standard error"),
         {"trace", "debug", "info", "warn", "error", "off"})
      ->capture_default_str();
}

const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.back());
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() ? path_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

std::vector<std::string> known_flags(const CLI::App* app) {
  std::vector<std::string> known;
  for (; app; app = app->get_parent())
    for (const auto* option : app->get_options())
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  return known;
}

std::vector<std::string> known_commands(const CLI::App& app) {
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  return known;
}

std::string suggestion(const CLI::App& root, const CLI::App& chosen) {
  for (const auto& word : root.remaining(true)) {
    const auto flag = word.substr(0, word.find('='));
    const auto near =
        word.starts_with("--") ? nearest(flag, known_flags(&chosen)) : nearest(word, known_commands(chosen));
    if (!near.empty()) return near;
  }
  return {};
}

}  // namespace

CLI::App* add_command(CLI::App& parent, std::string name, std::string description, const std::string& examples) {
  auto* command = parent.add_subcommand(std::move(name), std::move(description));
  command->group("Commands");
  command->footer(
      "Every command takes --store, --product, --env, --json and --log-level: see ductape --help\n\nExamples:\n" +
      examples);
  return command;
}

void on_call(CLI::App& command, Invocation& invocation, std::function<ExitCode(Console&)> run) {
  command.callback([&invocation, run = std::move(run)] { invocation.run = run; });
}

std::unique_ptr<CLI::App> make_root(Invocation& invocation) {
  auto root = std::make_unique<CLI::App>("One API and one proven contract over message brokers", "ductape");
  root->fallthrough();  // the global options may stand behind the command
  root->require_subcommand(1, 1);
  root->get_formatter()->column_width(34);
  root->get_formatter()->label("SUBCOMMAND", "COMMAND");
  root->set_version_flag("--version", std::string("ductape ") + version, "Print the version and exit");
  root->footer(
      "Exit status: 0 done, 1 failed at run time, 2 wrong input or state, 3 partly done, 4 outcome unknown\n\n"
      "Examples:\n"
      "  ductape init && ductape publish events:hello '{\"hello\":\"world\"}'\n"
      "  ductape subscribe events:hello --from earliest --count 1");
  add_globals(*root, invocation.globals);
  add_init(*root, invocation);
  add_apply(*root, invocation);
  add_export(*root, invocation);
  add_product(*root, invocation);
  add_broker(*root, invocation);
  add_topic(*root, invocation);
  add_group(*root, invocation);
  add_publish(*root, invocation);
  add_subscribe(*root, invocation);
  add_dead_letters(*root, invocation);
  add_secret(*root, invocation);
  add_stats(*root, invocation);
  add_health(*root, invocation);
  add_doctor(*root, invocation);
  add_providers(*root, invocation);
  add_completion(*root, invocation);
  return root;
}

Error usage_error(const CLI::App& root, const CLI::ParseError& failure) {
  const auto& chosen = innermost(root);
  Error error{.code = Errc::invalid_argument, .message = failure.what()};
  while (error.message.ends_with('\n')) error.message.pop_back();
  // What was given to an unknown option may be a credential.
  for (auto at = error.message.find("--"); at != error.message.npos; at = error.message.find("--", at + 2)) {
    const auto end = std::min(error.message.find(' ', at), error.message.size());
    if (const auto equals = error.message.find('=', at); equals < end) error.message.erase(equals, end - equals);
  }
  const auto near = suggestion(root, chosen);
  error.hint = (near.empty() ? "" : "did you mean " + near + "? ") + "see " + path_of(chosen) + " --help";
  return error;
}

}  // namespace ductape::cli
