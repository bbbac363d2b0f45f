// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/line_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <set>
#include <thread>
#include <vector>

namespace ductape::cli {
namespace {

struct Pipe {
  Pipe() {
    EXPECT_EQ(pipe(ends.data()), 0);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~Pipe() {
    close_reader();
    close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) close(std::exchange(ends[0], -1));
  }
  std::string read_all(std::size_t size) {
    std::string text(size, 0);
    std::size_t have = 0;
    while (have < size) {
      const auto got = read(ends[0], text.data() + have, size - have);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
  }
  std::array<int, 2> ends{-1, -1};
};

TEST(LineOutput, WritesMoreThanAPipeHolds) {
  Pipe pipe;
  fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
  LineOutput out(pipe.ends[1], "standard output");
  const std::string text(1 << 20, 'x');
  std::thread writer([&] { EXPECT_TRUE(out.write(text)); });
  EXPECT_EQ(pipe.read_all(text.size()), text);
  writer.join();
}

TEST(LineOutput, LinesOfSeveralThreadsDoNotMix) {
  Pipe pipe;
  LineOutput out(pipe.ends[1], "standard output");
  std::set<std::string> expected;
  std::vector<std::thread> writers;
  std::size_t bytes = 0;
  for (char c = 'a'; c < 'e'; ++c) {
    const std::string line = std::string(20'000, c) + "\n";  // beyond PIPE_BUF: the system alone would mix them
    expected.insert(line);
    bytes += 20 * line.size();
    writers.emplace_back([&out, line] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(out.write(line));
    });
  }
  const auto text = pipe.read_all(bytes);
  for (auto& writer : writers) writer.join();
  ASSERT_EQ(text.size(), bytes);
  for (std::size_t at = 0; at < text.size(); at += 20'001) EXPECT_TRUE(expected.contains(text.substr(at, 20'001)));
}

TEST(LineOutput, AClosedReaderIsAFailureThatStays) {
  Pipe pipe;
  LineOutput out(pipe.ends[1], "standard output");
  EXPECT_FALSE(out.failure());
  pipe.close_reader();
  auto result = out.write("lost\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::closed);
  EXPECT_EQ(result.error().message, "standard output was closed by its reader");
  EXPECT_FALSE(out.write(""));
  EXPECT_TRUE(out.failure());
}

TEST(LineOutput, AFullDiskIsNamed) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  LineOutput out(full, "standard output");
  auto result = out.write("x\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "standard output: No space left on device");
  close(full);
}

}  // namespace
}  // namespace ductape::cli
