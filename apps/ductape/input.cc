// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <ductape/units.hpp>

namespace ductape::cli {
namespace {

Error refused(const std::string& name, int reason) {
  return {.code = reason == ENOENT ? Errc::not_found : Errc::invalid_argument,
          .message = name + ": " + std::generic_category().message(reason),
          .hint = "name a file that can be read, or - for standard input"};
}

struct Descriptor {
  ~Descriptor() {
    if (number > 0) close(number);
  }
  int number;
};

}  // namespace

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  const std::string name = path == "-" ? "standard input" : path;
  const Descriptor file{path == "-" ? 0 : open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) return refused(name, errno);
  std::string text;
  for (std::string chunk(64 << 10, 0);;) {
    const auto got = read(file.number, chunk.data(), chunk.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused(name, errno);
    text.append(chunk, 0, static_cast<std::size_t>(got));
    if (text.size() > limit)
      return Error{.code = Errc::message_too_large, .message = name + " is longer than " + format_size(limit)};
  }
}

}  // namespace ductape::cli
