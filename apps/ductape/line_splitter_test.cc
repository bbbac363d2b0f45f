// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/line_splitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace ductape::cli {
namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& chunks, std::size_t max_line = 100) {
  std::vector<std::string> lines;
  LineSplitter splitter(max_line);
  const auto take = [&] {
    while (auto line = splitter.next())
      lines.push_back(std::to_string(line->number) + (line->too_long ? "!" : ":") + std::string(line->text));
  };
  for (const auto& chunk : chunks) {
    splitter.feed(chunk);
    take();
  }
  splitter.finish();
  take();
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineSplitter, CutsWhereverTheChunksEnd) {
  const std::string text = "one\ntwo\r\n\n four \nlast";
  const Lines expected{"1:one", "2:two", "3:", "4: four ", "5:last"};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    std::vector<std::string> chunks;
    for (std::size_t at = 0; at < text.size(); at += size) chunks.push_back(text.substr(at, size));
    EXPECT_EQ(lines_of(chunks), expected) << "chunks of " << size;
  }
}

TEST(LineSplitter, ALineEndAtTheEndMakesNoFurtherLine) {
  EXPECT_EQ(lines_of({"a\n"}), Lines{"1:a"});
  EXPECT_EQ(lines_of({""}), Lines{});
  EXPECT_EQ(lines_of({"\n\n"}), (Lines{"1:", "2:"}));
}

TEST(LineSplitter, KeepsNulBytes) { EXPECT_EQ(lines_of({std::string("a\0b\n", 4)}), Lines{std::string("1:a\0b", 5)}); }

TEST(LineSplitter, NamesALineThatIsTooLongAndGoesOn) {
  const Lines expected{"1!", "2:ok", "3!"};
  EXPECT_EQ(lines_of({"123456\nok\n12345678901"}, 5), expected);
  EXPECT_EQ(lines_of({"1234567", "89", "0\nok\n123456", "78901"}, 5), expected);
  EXPECT_EQ(lines_of({"12345\n"}, 5), Lines{"1:12345"});
}

TEST(LineSplitter, BlankIsWhiteSpaceOnly) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \t\r"));
  EXPECT_FALSE(is_blank(" {}"));
}

}  // namespace
}  // namespace ductape::cli
