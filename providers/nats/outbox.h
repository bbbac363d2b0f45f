// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "providers/nats/wire.h"

namespace ductape::inline v0::nats {

/// The messages that wait to be written, in their order; their parts lie side by side in one buffer. Not thread-safe.
class Outbox {
 public:
  using Token = std::uint64_t;
  struct Entry {
    Token token = 0;  ///< who waits for an answer; 0: nobody
    bool dropped = false;
    std::size_t begin = 0, body_size = 0;
    std::size_t size = 0, reserve = 0;  ///< with the headers, as the server counts it; what must be left of its limit
  };

  /// `reply` and `header_lines` may be empty.
  void add(Token token, std::string_view subject, std::string_view reply, std::string_view header_lines,
           std::string_view body, std::size_t reserve = 0);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const char* subject(const Entry& entry) const { return bytes_.data() + entry.begin; }
  /// Null if there is no memory.
  [[nodiscard]] MessagePtr message(const Entry& entry) const;
  void clear();

 private:
  void add_text(std::string_view text);

  std::vector<Entry> entries_;
  std::string
      bytes_;  // of each message: subject, reply, name and value of its headers, each with a zero; then its body
};

}  // namespace ductape::inline v0::nats
