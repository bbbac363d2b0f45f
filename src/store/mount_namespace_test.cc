// SPDX-License-Identifier: Apache-2.0
#include "src/store/mount_namespace_test.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace ductape::inline v0 {
namespace {

constexpr int not_allowed = 77;

// As root a namespace of mounts is enough, else it takes one of users around it.
bool enter() {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace

void in_mount_namespace(const std::function<void()>& body) {
  std::fflush(nullptr);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!enter()) _exit(not_allowed);
    body();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == not_allowed) GTEST_SKIP() << "no mount namespace may be made here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "see above";
}

bool mount_tmpfs(const std::string& directory, const char* options) {
  return mount("tmpfs", directory.c_str(), "tmpfs", 0, options) == 0;
}
bool remount(const std::string& directory, const char* options) {
  return mount("tmpfs", directory.c_str(), "tmpfs", MS_REMOUNT, options) == 0;
}
bool remount_read_only(const std::string& directory) {
  return mount("tmpfs", directory.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}
void unmount(const std::string& directory) { umount2(directory.c_str(), MNT_DETACH); }

}  // namespace ductape::inline v0
