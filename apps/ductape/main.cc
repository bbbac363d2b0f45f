// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <ductape/version.hpp>

#include "apps/ductape/root.h"

namespace ductape::cli {
namespace {

// Before the options are parsed, and when they cannot be.
bool asks_for_json(int argc, char** argv) {
  for (int i = 1; i < argc && std::strcmp(argv[i], "--") != 0; ++i)
    if (std::strcmp(argv[i], "--json") == 0) return true;
  return false;
}

// A config may hold a credential, and everybody can read a process's arguments.
void hide_configs(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    for (const std::string_view option : {"--config", "--set"}) {
      char* value = argv[i];
      const std::string_view text = value;
      const bool beside = text.size() > option.size() && text.starts_with(option) && text[option.size()] == '=';
      if (beside) value += option.size() + 1;
      if (beside || argv[i - 1] == option) std::memset(value, '*', std::strlen(value));
    }
}

int run(int argc, char** argv) {
  // A reader that goes away is an error of write(), so that what was under way is still put in order.
  std::signal(SIGPIPE, SIG_IGN);
  Console console(asks_for_json(argc, argv));
  Invocation invocation;
  const auto root = make_root(invocation);
  try {
    root->parse(argc, argv);
    hide_configs(argc, argv);
    return invocation.run(console);
  } catch (const CLI::CallForHelp&) {
    return console.print(root->help());
  } catch (const CLI::CallForVersion&) {
    return console.print(console.json() ? std::string("{\"version\":\"") + version + "\"}\n"
                                        : std::string("ductape ") + version + "\n");
  } catch (const CLI::ParseError& failure) {
    return console.fail(usage_error(*root, failure));
  } catch (const std::exception& failure) {
    return console.fail({.code = Errc::internal, .message = failure.what()});
  }
}

}  // namespace
}  // namespace ductape::cli

int main(int argc, char** argv) { return ductape::cli::run(argc, argv); }
