// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/completion_tree.h"

#include <sstream>

namespace ductape::cli {
namespace {

// `one_of` names an option's words in its type: "shared|exclusive".
std::vector<std::string> words_of(const CLI::Option& option) {
  std::vector<std::string> words;
  const auto type = option.get_type_name();
  if (type.find('|') == type.npos) return words;
  std::istringstream in(type);
  for (std::string word; std::getline(in, word, '|');) words.push_back(word);
  return words;
}

CompletionFlag flag_of(const CLI::Option& option) {
  CompletionFlag flag{.help = option.get_description(),
                      .takes_value = option.get_items_expected_max() > 0,
                      .takes_file = option.get_type_name() == "FILE",
                      .words = words_of(option)};
  for (const auto& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) flag.names.push_back("--" + name);
  return flag;
}

void collect(const CLI::App& app, const std::string& path, const std::vector<CompletionFlag>& inherited,
             std::vector<CompletionNode>& nodes) {
  CompletionNode node{.path = path};
  for (const auto* option : app.get_options()) {
    if (option->nonpositional())
      node.flags.push_back(flag_of(*option));
    else
      for (auto& word : words_of(*option)) node.words.push_back(word);
  }
  // What only the program itself takes.
  const auto handed_down = [](const CompletionFlag& flag) {
    return flag.names.back() != "--version" && flag.names.back() != "--help";
  };
  std::vector<CompletionFlag> global = inherited;
  if (!app.get_parent()) std::copy_if(node.flags.begin(), node.flags.end(), std::back_inserter(global), handed_down);
  for (const auto& flag : inherited) {
    const bool own = std::any_of(node.flags.begin(), node.flags.end(),
                                 [&](const auto& other) { return other.names.back() == flag.names.back(); });
    if (!own) node.flags.push_back(flag);
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* command : commands) {
    node.commands.push_back(command->get_name());
    node.helps.push_back(command->get_description());
  }
  nodes.push_back(std::move(node));
  for (const auto* command : commands) collect(*command, path + " " + command->get_name(), global, nodes);
}

}  // namespace

std::vector<CompletionNode> completion_nodes(const CLI::App& root) {
  std::vector<CompletionNode> nodes;
  collect(root, root.get_name(), {}, nodes);
  return nodes;
}

}  // namespace ductape::cli
