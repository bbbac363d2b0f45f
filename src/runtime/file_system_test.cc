// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/file_system.hpp>

#include <gtest/gtest.h>

namespace ductape::inline v0::driver {
namespace {

TEST(FileSystems, OfOtherMachinesAreKnown) {
  EXPECT_STREQ(network_file_system(0x6969), "NFS");
  EXPECT_STREQ(network_file_system(0xFF534D42), "CIFS");
  EXPECT_STREQ(network_file_system(0xFE534D42), "SMB2");
  EXPECT_NE(network_file_system(0x65735546), nullptr) << "FUSE";
  EXPECT_EQ(network_file_system(0xEF53), nullptr) << "ext4";
  EXPECT_EQ(network_file_system(0x01021994), nullptr) << "tmpfs";
}

TEST(FileSystems, WhatIsNotThereYetLiesWhereItWillBe) {
  constexpr unsigned long proc = 0x9FA0;
  EXPECT_EQ(file_system_of("/proc"), proc);
  EXPECT_EQ(file_system_of("/proc/self/status"), proc);
  EXPECT_EQ(file_system_of("/proc/none/of/these"), proc);
  EXPECT_NE(file_system_of("/none/of/these"), proc);
  EXPECT_EQ(file_system_of("none/of/these"), file_system_of(".")) << "of the working directory";
  EXPECT_EQ(file_system_of(""), 0u);
}

}  // namespace
}  // namespace ductape::inline v0::driver
