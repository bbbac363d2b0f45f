// SPDX-License-Identifier: Apache-2.0
#include "providers/local/filesystem.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <ductape/driver/file_system.hpp>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {
namespace {

constexpr unsigned long tmpfs = 0x01021994, ramfs = 0x858458F6;

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<Descriptor> open_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) return from_errno(errno, "cannot be opened", path);
  return file;
}

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return from_errno(code.value(), "cannot be made", path);
  if (!std::filesystem::is_directory(path, code)) return from_errno(ENOTDIR, "cannot be used", path);
  return {};
}

Result<void> refuse_network(const std::string& path) {
  const char* name = driver::network_file_system(driver::file_system_of(path));
  if (!name) return {};
  return failure(Errc::unsupported,
                 path + " is on " + name + ": the embedded broker needs a file system of this machine",
                 "name a local directory with --store (or DUCTAPE_STORE)");
}

bool is_volatile(const std::string& path) {
  const auto magic = driver::file_system_of(path);
  return magic == tmpfs || magic == ramfs;
}

void sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) fsync(directory.get());
}

}  // namespace ductape::inline v0::local
