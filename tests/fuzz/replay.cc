// SPDX-License-Identifier: Apache-2.0
// Where the compiler brings no fuzzer: runs a target over each file of its corpus. REPLAY FILE|DIRECTORY...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/property.h"

namespace {

namespace fs = std::filesystem;

bool replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
  if (!file) return false;
  // An array of just that size: then a read past its end is seen.
  const std::vector<std::uint8_t> input(read.begin(), read.end());
  std::fprintf(stderr, "%s\n", path.c_str());  // the last one named is the one that ends the process
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<fs::path> paths;
    if (fs::is_directory(argv[i]))
      for (const auto& entry : fs::directory_iterator(argv[i])) paths.push_back(entry.path());
    else
      paths.emplace_back(argv[i]);
    for (const auto& path : paths) {
      if (!replay(path)) return std::fprintf(stderr, "%s cannot be read\n", path.c_str()), 2;
      ++count;
    }
  }
  // A corpus that is not found would be a test that passes.
  if (count == 0) return std::fprintf(stderr, "no input\n"), 2;
  std::printf("%zu inputs\n", count);
}
