// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace ductape::inline v0::support {

/// A TCP port of 127.0.0.1 on which nobody listens. It stays this object's among all tests of this machine, so that a
/// server can be stopped and started on it again; and it lies below the ports that the system gives to clients, one of
/// which could take it meanwhile, or connect to itself.
class LoopbackPort {
 public:
  LoopbackPort();  ///< throws `std::runtime_error` if none is free
  ~LoopbackPort();
  LoopbackPort(const LoopbackPort&) = delete;
  LoopbackPort& operator=(const LoopbackPort&) = delete;

  [[nodiscard]] std::uint16_t number() const { return number_; }
  [[nodiscard]] std::string text() const { return std::to_string(number_); }

 private:
  int claim_ = -1;
  std::uint16_t number_ = 0;
};

}  // namespace ductape::inline v0::support
