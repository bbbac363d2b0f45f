// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace ductape::inline v0::support {

/// A real server program, for a test: with a data directory and a process group of its own, and gone with the test,
/// however that ends. Not thread-safe; may be used on other threads than the one that made it. Throws
/// `std::runtime_error`, with the end of the server's log, if something is not done in time.
class ServerProcess {
 public:
  /// Whether the server does its work. Asked again and again while it starts.
  using Probe = std::function<bool()>;

  /// `name` is for messages and the directory. Starts nothing yet.
  explicit ServerProcess(std::string name) : name_(name), directory_(name) {}
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Where it stands and keeps its data, from the beginning to the destructor.
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
  /// The program and its arguments; what it prints goes to the log. `patience`: how long a start or an end may take.
  void set_command(std::vector<std::string> arguments, Probe ready,
                   std::chrono::milliseconds patience = std::chrono::seconds(15));

  /// Starts it, again on what it left, and waits until it is ready.
  void start();
  /// SIGTERM, SIGKILL: waits for its end.
  void stop();
  void kill();
  /// Stands still from now on, until told to go on; connections stay and nothing is answered.
  void freeze();
  void thaw();

  [[nodiscard]] bool running();
  [[nodiscard]] pid_t process_id() const { return process_; }
  /// The last lines of what it printed, since the first start.
  [[nodiscard]] std::string log_tail() const;

 private:
  [[nodiscard]] std::filesystem::path log() const { return directory() / "log"; }
  bool wait_for_end(std::chrono::milliseconds limit);
  [[noreturn]] void fail(const std::string& what) const;

  const std::string name_;
  const TemporaryDirectory directory_;
  std::vector<std::string> arguments_;
  Probe ready_;
  std::chrono::milliseconds patience_{};
  pid_t process_ = -1;  // -1: none
};

}  // namespace ductape::inline v0::support
