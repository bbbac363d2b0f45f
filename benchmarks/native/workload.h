// SPDX-License-Identifier: Apache-2.0
// What both sides of a comparison do and report, so that they differ in nothing but the library.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

struct Workload {
  std::string mode, directory;
  std::size_t messages = 100'000;
  std::size_t size = 256;     ///< bytes of a body
  std::size_t batch = 64;     ///< messages that are published together
  std::size_t under_way = 8;  ///< batches without an answer yet, where the library can do that
  std::size_t processes = 4;
  std::size_t port = 0;       ///< of the server, on 127.0.0.1
  std::size_t rate = 500;     ///< messages a second, where they are not sent as fast as they go
  bool payload_only = false;  ///< id and body without metadata; the twin's only
  bool lean = false;          ///< `metadata: lean`
  bool core = false;          ///< NATS without streams
};

/// `MODE DIRECTORY` and options by these names; ends the program with 2 and the usage if that is not what it got.
Workload parse(int argc, char** argv);

/// `main` of a program that does one of these: runs the mode that is asked for, ends with 1 if it has none of that
/// name.
using Mode = std::pair<std::string_view, void (*)(const Workload&)>;
int run(int argc, char** argv, std::initializer_list<Mode> modes);

/// Nanoseconds of the clock that all processes of a machine share.
std::int64_t now_ns();

/// Ends the program with 1 and the reason.
[[noreturn]] void give_up(const std::string& why);

/// Bodies that differ in their number only: JSON, as most bodies are.
class Bodies {
 public:
  explicit Bodies(std::size_t size);
  [[nodiscard]] std::string make(std::size_t number) const;
  static std::size_t number(const char* body);

 private:
  std::string pattern_;
};

/// Prints the one line that a run leaves behind. `latencies` in nanoseconds; sorted here.
void report(std::size_t messages, double seconds, std::vector<std::int64_t>& latencies);

}  // namespace bench
