// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "providers/redis/reply.h"

namespace ductape::inline v0::redis {

/// Reads replies out of what comes over a connection. hiredis parses; the parts of the replies lie side by side in
/// memory that replies which came together share, where hiredis would allocate each part by itself.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Appends the replies that are complete. False if that is not the protocol.
  [[nodiscard]] bool read(std::span<const char> bytes, std::vector<Reply>& replies);

 private:
  class Memory;
  struct Functions;

  redisReader* const reader_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace ductape::inline v0::redis
