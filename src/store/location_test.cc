// SPDX-License-Identifier: Apache-2.0
#include "src/store/location.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace ductape::inline v0::store {
namespace {

TEST(Location, ReadsTheFormsOfAUrl) {
  const auto here = std::filesystem::current_path().string();
  for (auto [url, directory] : {std::pair<std::string, std::string>{"sqlite:/tmp/x", "/tmp/x"},
                                {"sqlite:///tmp/x", "/tmp/x"},
                                {"/tmp/x/", "/tmp/x"},
                                {"sqlite:/tmp/a/../x", "/tmp/x"},
                                {"sqlite:.ductape", here + "/.ductape"},
                                {"some/where", here + "/some/where"},
                                {"/", "/"}}) {
    const auto location = parse_location(url).value();
    EXPECT_EQ(location.kind, Location::Kind::sqlite);
    EXPECT_EQ(location.directory, directory) << url;
  }
  EXPECT_EQ(parse_location("memory:").value().kind, Location::Kind::memory);
  EXPECT_EQ(parse_location("memory:").value().directory, "");
}

TEST(Location, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(parse_location("postgresql://host/db").error().code, Errc::unsupported);
  EXPECT_EQ(parse_location("redis://host").error().code, Errc::invalid_argument);
  EXPECT_EQ(parse_location("sqlite:").error().code, Errc::invalid_argument);
  EXPECT_EQ(parse_location("").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace ductape::inline v0::store
