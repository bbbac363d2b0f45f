// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <ductape/driver/types.hpp>

#include "src/net/event_loop.h"
#include "src/net/tls.h"

namespace ductape::inline v0::net {

/// Where a stream goes.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::shared_ptr<boost::asio::ssl::context> tls = {};  // null: plain TCP

  [[nodiscard]] std::string text() const;  ///< host:port, as people write it
};

class StreamSink {
 public:
  virtual void connected() = 0;
  virtual void received(std::span<const char> bytes) = 0;
  /// All that `write` could not send at once is with the system.
  virtual void written() = 0;
  /// It is over, and nothing comes any more. Not called after `Stream::close`.
  virtual void closed(Error why) = 0;

 protected:
  ~StreamSink() = default;
};

/// One TCP connection, over TLS if asked, whose server is then always verified. Used in turns of the loop only, and its
/// sink is called in them.
class Stream {
 public:
  /// Begins to connect; `closed` with `unavailable` if that takes longer than `patience`.
  Stream(EventLoop& loop, Endpoint to, driver::Millis patience, StreamSink& sink);
  /// Closes at once.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Sends what stands in `bytes` and leaves it empty. True: the system has it all; false: `written` will say so, and
  /// nothing may be written before. Only after `connected`.
  [[nodiscard]] bool write(std::string& bytes);

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace ductape::inline v0::net
