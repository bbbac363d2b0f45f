// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/file_system.hpp>

#include <sys/vfs.h>

#include <array>
#include <filesystem>

namespace ductape::inline v0::driver {
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

}  // namespace

unsigned long file_system_of(const std::string& path) {
  struct statfs about {};
  std::error_code none;
  auto at = std::filesystem::absolute(path, none);
  while (statfs(at.c_str(), &about) != 0) {
    if (!at.has_relative_path()) return 0;
    at = at.parent_path();
  }
  return static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL;
}

const char* network_file_system(unsigned long magic) {
  for (const auto& entry : network)
    if (entry.number == magic) return entry.name;
  return nullptr;
}

}  // namespace ductape::inline v0::driver
