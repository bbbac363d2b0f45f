// SPDX-License-Identifier: Apache-2.0
#include "src/registry/locate.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>

#include "src/store/scratch_directory_test.h"

namespace ductape::inline v0::registry {
namespace {

namespace fs = std::filesystem;

// The working directory and the environment are the process's; each test gives them back.
struct Locate : testing::Test {
  ScratchDirectory scratch;
  fs::path before = fs::current_path();
  std::vector<std::pair<const char*, std::optional<std::string>>> saved;

  void SetUp() override {
    for (const char* name : {"DUCTAPE_STORE", "XDG_DATA_HOME", "HOME"}) {
      const char* value = getenv(name);
      saved.emplace_back(name, value ? std::optional<std::string>(value) : std::nullopt);
      unsetenv(name);
    }
    fs::create_directories(scratch.path("work/deep/er"));
    fs::current_path(scratch.path("work/deep/er"));
  }
  void TearDown() override {
    fs::current_path(before);
    for (const auto& [name, value] : saved) value ? setenv(name, value->c_str(), 1) : unsetenv(name);
  }
};

TEST_F(Locate, TheArgumentWins) {
  setenv("DUCTAPE_STORE", "/elsewhere", 1);
  EXPECT_EQ(locate("sqlite:/here").value().directory, "/here");
}

TEST_F(Locate, ThenTheEnvironment) {
  fs::create_directory(".ductape");
  setenv("DUCTAPE_STORE", "/elsewhere", 1);
  EXPECT_EQ(locate("").value().directory, "/elsewhere");
}

TEST_F(Locate, ThenTheNearestDirectoryUpwards) {
  fs::create_directory(scratch.path("work/.ductape"));
  EXPECT_EQ(locate("").value().directory, scratch.path("work/.ductape"));
  fs::create_directory(scratch.path("work/deep/.ductape"));
  EXPECT_EQ(locate("").value().directory, scratch.path("work/deep/.ductape"));
}

TEST_F(Locate, AFileOfThatNameIsSaidAndNotPassedOver) {
  fs::create_directory(scratch.path("work/.ductape"));
  scratch.write("work/deep/.ductape", "a file is none");
  const auto refused = locate("");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name(), "STORE_UNUSABLE");
  EXPECT_EQ(refused.error().message,
            scratch.path("work/deep/.ductape") + ": a file stands where a directory must be (Not a directory)");
  EXPECT_EQ(locate("sqlite:/here").value().directory, "/here");
}

TEST_F(Locate, ThenTheUsersData) {
  setenv("HOME", scratch.path("home").c_str(), 1);
  EXPECT_EQ(locate("").value().directory, scratch.path("home/.local/share/ductape"));
  setenv("XDG_DATA_HOME", "relative/is/ignored", 1);
  EXPECT_EQ(locate("").value().directory, scratch.path("home/.local/share/ductape"));
  setenv("XDG_DATA_HOME", scratch.path("xdg").c_str(), 1);
  EXPECT_EQ(locate("").value().directory, scratch.path("xdg/ductape"));
}

TEST_F(Locate, ElseItSaysWhatToGive) {
  const auto nowhere = locate("");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().hint, "give one with --store DIR");
}

}  // namespace
}  // namespace ductape::inline v0::registry
