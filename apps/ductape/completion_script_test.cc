// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/completion_script.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::vector<CompletionNode> nodes() {
  CLI::App root("it's a program", "ductape");
  root.add_option("-p,--product")->type_name("TAG");
  root.add_flag("--json");
  root.set_version_flag("--version", "1");
  auto* topic = root.add_subcommand("topic", "channels");
  auto* create = topic->add_subcommand("create", "make one");
  create->add_option("--schema", "what if it's wrong")->type_name("off|warn");
  create->add_option("-f,--file")->type_name("FILE");
  create->add_option("EVENT");
  auto* completion = root.add_subcommand("completion", "scripts");
  completion->add_option("SHELL")->type_name("bash|zsh");
  return completion_nodes(root);
}

const CompletionNode& node(const std::vector<CompletionNode>& all, std::string_view path) {
  for (const auto& one : all)
    if (one.path == path) return one;
  throw std::runtime_error("no " + std::string(path));
}

TEST(CompletionTree, HasEveryCommandWithItsFlagsAndTheGlobalOnes) {
  const auto all = nodes();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(node(all, "ductape").commands, (std::vector<std::string>{"topic", "completion"}));
  EXPECT_EQ(node(all, "ductape completion").words, (std::vector<std::string>{"bash", "zsh"}));
  std::vector<std::string> names;
  for (const auto& flag : node(all, "ductape topic create").flags) names.push_back(flag.names.back());
  EXPECT_EQ(names, (std::vector<std::string>{"--help", "--schema", "--file", "--product", "--json"}));
}

TEST(CompletionTree, KnowsWhatAnOptionTakes) {
  const auto all = nodes();
  for (const auto& flag : node(all, "ductape topic create").flags) {
    const auto& name = flag.names.back();
    EXPECT_EQ(flag.takes_value, name == "--schema" || name == "--file" || name == "--product") << name;
    EXPECT_EQ(flag.takes_file, name == "--file") << name;
    EXPECT_EQ(flag.words.size(), name == "--schema" ? 2u : 0u) << name;
  }
}

TEST(CompletionScript, NamesEachCommandInEachShell) {
  const auto all = nodes();
  EXPECT_NE(bash_completion(all).find("'ductape topic create') COMPREPLY=("), std::string::npos);
  EXPECT_NE(zsh_completion(all).find("'ductape topic create') compadd -- "), std::string::npos);
  EXPECT_NE(
      fish_completion(all).find("-n \"__ductape_at 'ductape topic create'\" -l schema -x -a 'off warn' -d 'what if "
                                "it\\'s wrong'"),
      std::string::npos);
}

}  // namespace
}  // namespace ductape::cli
