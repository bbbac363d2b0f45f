// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace ductape::cli {

/// An option as a shell sees it.
struct CompletionFlag {
  std::vector<std::string> names = {};  ///< "-p", "--product"
  std::string help = {};
  bool takes_value = false;
  bool takes_file = false;
  std::vector<std::string> words = {};  ///< what the value may be, if that is known
};

/// A command, or the program itself.
struct CompletionNode {
  std::string path = {};  ///< "ductape topic create"
  std::vector<std::string> commands = {};
  std::vector<std::string> helps = {};  ///< of `commands`, in their order
  std::vector<CompletionFlag> flags = {};
  std::vector<std::string> words = {};  ///< what an argument may be, if that is known
};

/// The program and every command below it, from the tree that also parses the command line.
[[nodiscard]] std::vector<CompletionNode> completion_nodes(const CLI::App& root);

}  // namespace ductape::cli
