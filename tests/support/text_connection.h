// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ductape::inline v0::support {

/// A TCP connection to a port of 127.0.0.1 for protocols that a person can type.
class TextConnection {
 public:
  /// Every call gives up after `patience`. Throws `std::runtime_error` if nobody listens.
  explicit TextConnection(std::uint16_t port, std::chrono::milliseconds patience = std::chrono::seconds(5));
  ~TextConnection();
  TextConnection(const TextConnection&) = delete;
  TextConnection& operator=(const TextConnection&) = delete;

  void send(std::string_view text);
  /// What came until now, at least to the end of a line. Empty: nothing came in time, or the other side closed.
  std::string read_line();
  /// All that comes until the other side closes, or nothing more does.
  std::string read_all();
  /// Nothing comes for so long, nor does the other side close.
  bool is_silent(std::chrono::milliseconds time = std::chrono::milliseconds(200));
  /// Whether the other side closed or reset it, within the patience.
  bool is_closed();

 private:
  int descriptor_ = -1;
};

/// One line of what is answered on a connection of its own; empty if nobody listens or answers.
[[nodiscard]] std::string ask(std::uint16_t port, std::string_view text,
                              std::chrono::milliseconds patience = std::chrono::seconds(2));

}  // namespace ductape::inline v0::support
