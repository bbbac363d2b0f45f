// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/completion_script.h"
#include "apps/ductape/options.h"

namespace ductape::cli {

void add_completion(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "completion", "Print a script that completes commands and options in a shell",
                              "  source <(ductape completion bash)\n"
                              "  ductape completion zsh > \"${fpath[1]}/_ductape\"\n"
                              "  ductape completion fish | source");
  auto shell = std::make_shared<std::string>();
  one_of(command->add_option("SHELL", *shell, "The shell")->required(), {"bash", "zsh", "fish"});
  on_call(*command, invocation, [&root, shell](Console& console) {
    const auto nodes = completion_nodes(root);
    return console.print(*shell == "bash"  ? bash_completion(nodes)
                         : *shell == "zsh" ? zsh_completion(nodes)
                                           : fish_completion(nodes));
  });
}

}  // namespace ductape::cli
