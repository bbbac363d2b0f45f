// SPDX-License-Identifier: Apache-2.0
// An argument a line. What the command line asks for is read and not done.
#include <sstream>
#include <string>
#include <vector>

#include "apps/ductape/root.h"
#include "tests/fuzz/property.h"

using namespace ductape;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> words{"ductape"};
  std::istringstream lines{std::string(fuzz::text_of(data, size))};
  for (std::string line; std::getline(lines, line);) words.emplace_back(line.c_str());  // no argument has a NUL in it
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());

  cli::Invocation invocation;
  const auto root = cli::make_root(invocation);
  try {
    root->parse(static_cast<int>(arguments.size()), arguments.data());
    require(static_cast<bool>(invocation.run), "what is accepted names a command");
  } catch (const CLI::CallForHelp&) {
    require(!root->help().empty(), "help is told");
  } catch (const CLI::CallForVersion&) {
  } catch (const CLI::ParseError& failure) {
    const auto error = cli::usage_error(*root, failure);
    require(!error.message.empty() && !error.hint.empty(), "what is refused has a reason");
  }
  return 0;
}
