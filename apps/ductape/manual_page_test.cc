// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/manual_page.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

struct Page {
  CLI::App root{"it's a program", "ductape"};

  [[nodiscard]] std::string text() const { return manual_page(root, "1.2.3"); }
  [[nodiscard]] bool has(const std::string& part) const { return text().find(part) != std::string::npos; }
};

TEST(ManualPage, HasTheSectionsThatReadersLookFor) {
  const Page page;
  std::size_t at = 0;
  for (const auto* section :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"}) {
    const auto found = page.text().find(std::string("\n.SH ") + section + "\n", at);
    ASSERT_NE(found, std::string::npos) << section;
    at = found;
  }
  EXPECT_TRUE(page.has("ductape \\- it\\(aqs a program\n"));
}

TEST(ManualPage, HasEveryCommandWithItsOptionsHoweverDeep) {
  Page page;
  auto* create = page.root.add_subcommand("topic", "channels")->add_subcommand("create", "Make one");
  create->add_option("EVENT", "brokerTag:topicTag")->required();
  create->add_option("-f,--file", "The file")->type_name("FILE")->required();
  EXPECT_TRUE(page.has(".SS \"ductape topic\"\n\\fBductape topic\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n"));
  EXPECT_TRUE(page.has("\\fBductape topic create\\fR [\\fIOPTIONS\\fR] \\fIEVENT\\fR\n.PP\nMake one.\n"));
  EXPECT_TRUE(page.has(".TP\n\\fIEVENT\\fR\nbrokerTag:topicTag.\n"));
  EXPECT_TRUE(page.has(".TP\n\\fB\\-f\\fR, \\fB\\-\\-file\\fR \\fIFILE\\fR\nThe file. Required.\n"));
}

TEST(ManualPage, TellsDefaultsAndWhatExcludesWhat) {
  Page page;
  std::string from = "latest";
  auto* option = page.root.add_option("--from", from, "Start")->capture_default_str()->type_name("START");
  option->excludes(page.root.add_flag("--zebra"))->excludes(page.root.add_flag("--all"));
  EXPECT_TRUE(page.has("Start. Default: \\fBlatest\\fR. Not with \\fB\\-\\-all\\fR, \\fB\\-\\-zebra\\fR.\n"));
}

TEST(ManualPage, LeavesOutWhatTheHelpLeavesOut) {
  Page page;
  page.root.add_option("--secretive", "hidden")->group("");
  page.root.add_subcommand("backstage", "hidden")->group("");
  EXPECT_FALSE(page.has("secretive"));
  EXPECT_FALSE(page.has("backstage"));
}

TEST(ManualPage, TakesTextForTextAndNotForRequests) {
  Page page;
  page.root.footer("Examples:\n  .dot 'quoted' \\n ~ ^ `\n");
  EXPECT_TRUE(page.has("\n\\&.dot \\(aqquoted\\(aq \\en \\(ti \\(ha \\(ga\n"));
}

}  // namespace
}  // namespace ductape::cli
