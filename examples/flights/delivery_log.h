// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <system_error>

/// What a handler saw, a line each, for a checker to read. Thread-safe: each line is one append.
class DeliveryLog {
 public:
  explicit DeliveryLog(const char* path) : file_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::system_error(errno, std::generic_category(), path);
  }
  DeliveryLog(const DeliveryLog&) = delete;
  DeliveryLog& operator=(const DeliveryLog&) = delete;
  ~DeliveryLog() { ::close(file_); }

  /// Throws if the line could not be written: the message is then not acknowledged and comes again.
  void append(std::string_view id, std::string_view key) const {
    const auto line = std::string(id).append("\t").append(key).append("\n");
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::system_error(errno, std::generic_category(), "delivery log");
  }

 private:
  int file_;
};
