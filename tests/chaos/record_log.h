// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace chaos {

/// A log that survives the death of its writer at any moment and that several processes share. Thread-safe.
class RecordLog {
 public:
  explicit RecordLog(const char* path) : file_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::system_error(errno, std::generic_category(), path);
  }
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;
  ~RecordLog() { ::close(file_); }

  void append(std::initializer_list<std::string_view> fields) const {
    std::string line;
    for (const auto& field : fields) line.append(line.empty() ? "" : "\t").append(field);
    if (line.size() >= record_size) throw std::length_error("a record of more than 127 bytes: " + line);
    line.resize(record_size - 1, ' ');
    line += '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::system_error(errno, std::generic_category(), "record log");
  }

 private:
  // A kill can cut a write where it goes from one page of the file to the next. Records that divide a page have none.
  static constexpr std::size_t record_size = 128;
  int file_;
};

}  // namespace chaos
