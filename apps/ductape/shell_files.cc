// SPDX-License-Identifier: Apache-2.0
// Writes what is installed beside the program: shell_files DIRECTORY. Run by the build, never installed; the program
// itself has no command for a manual page.
#include <filesystem>
#include <fstream>
#include <iostream>

#include <ductape/version.hpp>

#include "apps/ductape/completion_script.h"
#include "apps/ductape/manual_page.h"
#include "apps/ductape/root.h"

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "shell_files: cannot write " << path << '\n';
  return !file.fail();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shell_files DIRECTORY\n";
    return 2;
  }
  using namespace ductape::cli;
  const std::filesystem::path directory = argv[1];
  Invocation invocation;
  const auto root = make_root(invocation);
  const auto nodes = completion_nodes(*root);
  const bool written = write(directory / "ductape.1", manual_page(*root, ductape::version)) &&
                       write(directory / "ductape.bash", bash_completion(nodes)) &&
                       write(directory / "_ductape", zsh_completion(nodes)) &&
                       write(directory / "ductape.fish", fish_completion(nodes));
  return written ? 0 : 1;
}
