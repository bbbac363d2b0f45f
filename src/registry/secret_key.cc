// SPDX-License-Identifier: Apache-2.0
#include "src/registry/secret_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "src/store/file_error.h"
#include "src/store/store.h"

namespace ductape::inline v0::registry {
namespace {

constexpr auto variable = "DUCTAPE_SECRET_KEY";

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

// Empty if there is none.
Result<std::string> read_key_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return errno == ENOENT ? Result<std::string>(std::string()) : store::file_error(errno, path);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return store::file_error(errno, path);
  if (S_ISDIR(status.st_mode)) return store::file_error(EISDIR, path);
  if ((status.st_mode & 077) != 0)
    return Error{.code = Errc::permission_denied,
                 .message = path + " can be read by others",
                 .hint = "chmod 600 " + path + "; if it was so for long, set the secrets again",
                 .documented = store::unusable};
  std::array<char, 256> text{};
  const auto size = ::read(file.number, text.data(), text.size());
  if (size < 0) return store::file_error(errno, path);
  if (size == 0) return std::string(" ");  // there, and no key
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// Whole or not at all, and never over a key that another process made meanwhile.
Result<void> write_key_file(const std::string& path, const std::string& text) {
  const auto next = path + "." + std::to_string(::getpid());
  {
    const Descriptor file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.number < 0) return store::file_error(errno, next);
    const auto written = ::write(file.number, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.number) != 0) {
      const int reason = written < 0 || written == static_cast<ssize_t>(text.size()) ? errno : ENOSPC;
      ::unlink(next.c_str());
      return store::file_error(reason, next);
    }
  }
  const bool linked = ::link(next.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int reason = errno;
  ::unlink(next.c_str());
  if (!linked) return store::file_error(reason, path);
  // A secret that survives a power failure must not lose its key to one.
  const Descriptor directory(::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number < 0 || ::fsync(directory.number) != 0) return store::file_error(errno, path);
  return {};
}

}  // namespace

std::string SecretKey::place() const {
  if (const char* given = std::getenv(variable); given && *given != '\0') return variable;
  return directory_.empty() ? "this process" : directory_ + "/secret.key";
}

Result<std::shared_ptr<const SecretBox>> SecretKey::box_of(std::string_view text, const std::string& place) {
  if (box_ && text == text_) return box_;
  const auto key = SecretBox::parse_key(text);
  if (!key)
    return Error{.code = Errc::invalid_argument,
                 .message = place + " holds no key",
                 .hint = "64 hexadecimal digits, e.g. of `openssl rand -hex 32`",
                 .documented = store::unusable};
  text_ = text;
  box_ = std::make_shared<const SecretBox>(*key);
  return box_;
}

Result<std::shared_ptr<const SecretBox>> SecretKey::look() {
  if (const char* given = std::getenv(variable); given && *given != '\0') return box_of(given, variable);
  if (directory_.empty()) return box_;
  const auto path = directory_ + "/secret.key";
  const auto text = read_key_file(path);
  if (!text) return text.error();
  if (text->empty()) return std::shared_ptr<const SecretBox>();
  return box_of(*text, path);
}

Result<std::shared_ptr<const SecretBox>> SecretKey::find() {
  const std::lock_guard lock(mutex_);
  return look();
}

Result<std::shared_ptr<const SecretBox>> SecretKey::find_or_make() {
  const std::lock_guard lock(mutex_);
  auto found = look();
  if (!found || *found) return found;
  auto key = SecretBox::make_key();
  if (!key) return std::move(key).error();
  const auto text = SecretBox::text_of(*key);
  if (directory_.empty()) return box_of(text, place());
  if (auto done = write_key_file(directory_ + "/secret.key", text + "\n"); !done) return std::move(done).error();
  return look();
}

}  // namespace ductape::inline v0::registry
