// SPDX-License-Identifier: Apache-2.0
#include "providers/local/filesystem.h"

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {
namespace {

struct Magic {
  unsigned long number;
  const char* name;
};
// From linux/magic.h and the file systems' own headers; FUSE is refused as a whole, as sshfs, s3fs and the like cannot
// be told apart and none of them keeps flock and shared mappings coherent.
constexpr std::array network{
    Magic{0x6969, "NFS"},        Magic{0xFF534D42, "CIFS"},
    Magic{0xFE534D42, "SMB2"},   Magic{0x517B, "SMB"},
    Magic{0x564C, "NCP"},        Magic{0x65735546, "FUSE (sshfs and the like)"},
    Magic{0x01021997, "9P"},     Magic{0x5346414F, "AFS"},
    Magic{0x6B414653, "AFS"},    Magic{0x73757245, "Coda"},
    Magic{0x00C36400, "Ceph"},   Magic{0x0BD00BD0, "Lustre"},
    Magic{0x01161970, "GFS2"},   Magic{0x7461636F, "OCFS2"},
    Magic{0x47504653, "GPFS"},   Magic{0xAAD7AAEA, "PanFS"},
    Magic{0x19830326, "BeeGFS"}, Magic{0x013111A8, "IBRIX"},
    Magic{0x786F4256, "VBoxSF"}, Magic{0xBACBACBC, "VMware HGFS"},
};
constexpr unsigned long tmpfs = 0x01021994, ramfs = 0x858458F6;

unsigned long magic_of(const std::string& path) {
  struct statfs about {};
  if (statfs(path.c_str(), &about) != 0) return 0;
  return static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL;
}

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

const char* network_file_system(unsigned long magic) {
  for (const auto& entry : network)
    if (entry.number == magic) return entry.name;
  return nullptr;
}

Result<void> refuse_network(const std::string& path) {
  const char* name = network_file_system(magic_of(path));
  if (!name) return {};
  return failure(Errc::unsupported,
                 path + " is on " + name + ": the embedded broker needs a file system of this machine",
                 "name a local directory with --store (or DUCTAPE_STORE)");
}

bool is_volatile(const std::string& path) {
  const auto magic = magic_of(path);
  return magic == tmpfs || magic == ramfs;
}

void sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) fsync(directory.get());
}

}  // namespace ductape::inline v0::local
