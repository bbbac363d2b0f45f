// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <stdlib.h>

namespace ductape::inline v0::support {

/// A new directory below the system's temporary one, removed with all that is in it.
class TemporaryDirectory {
 public:
  /// Throws `std::system_error` if it cannot be made.
  explicit TemporaryDirectory(const std::string& name) {
    auto pattern = (std::filesystem::temp_directory_path() / ("ductape-" + name + "-XXXXXX")).string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ductape::inline v0::support
