// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "apps/ductape/completion_tree.h"

namespace ductape::cli {

/// Scripts that a shell reads: `source <(ductape completion bash)`. The first node is the program.
[[nodiscard]] std::string bash_completion(const std::vector<CompletionNode>& nodes);
[[nodiscard]] std::string zsh_completion(const std::vector<CompletionNode>& nodes);
[[nodiscard]] std::string fish_completion(const std::vector<CompletionNode>& nodes);

}  // namespace ductape::cli
