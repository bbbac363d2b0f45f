// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/result.hpp>

namespace ductape::inline v0::local {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Opens `path` for reading and writing, making it if it is not there. Errors name the path.
Result<Descriptor> open_file(const std::string& path);

/// Makes `path` and what is missing above it. Errors name the path and --store.
Result<void> make_directory(const std::string& path);

/// `unsupported` if `path` lies on a network file system: its locks and shared mappings do not hold between hosts.
Result<void> refuse_network(const std::string& path);

/// Whether what is written to `path` is gone after a reboot (tmpfs).
bool is_volatile(const std::string& path);

/// Makes the names in `path` durable (fsync of the directory).
void sync_directory(const std::string& path);

}  // namespace ductape::inline v0::local
