// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ductape/result.hpp>

namespace ductape::cli {

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

/// How a process ended: its exit status, or the signal that killed it.
struct ProcessEnd {
  int status = 0;
  int signal = 0;
};

/// `/bin/sh -c COMMAND` in a process group of its own. Its standard input is a file with all of `input` in it, its
/// standard output is ours, its standard error is read here. Destroying it kills the group and waits for its end.
class HandlerProcess {
 public:
  /// `environment` holds NAME=VALUE. Errors: `message_too_large` if the environment does not fit, `queue_full` where a
  /// limit of the system (descriptors, processes, memory) was reached, else `internal`.
  static Result<HandlerProcess> start(const std::string& command, std::string_view input,
                                      const std::vector<std::string>& environment);
  HandlerProcess(HandlerProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), end_(std::move(other.end_)), errors_(std::move(other.errors_)) {}
  HandlerProcess& operator=(HandlerProcess&&) = delete;
  ~HandlerProcess();

  /// Readable once the process itself has ended; others of its group may still run.
  [[nodiscard]] int end() const noexcept { return end_.number(); }
  /// Its standard error; non-blocking. At its end once nobody of the group has it open.
  [[nodiscard]] int errors() const noexcept { return errors_.number(); }
  /// To the whole group. Until `reap` the group's number cannot have become another's.
  void signal(int number) const noexcept;
  /// Blocks until the process has ended; once.
  ProcessEnd reap() noexcept;

 private:
  HandlerProcess(pid_t pid, Descriptor end, Descriptor errors)
      : pid_(pid), end_(std::move(end)), errors_(std::move(errors)) {}
  pid_t pid_;  // 0: reaped
  Descriptor end_, errors_;
};

}  // namespace ductape::cli
