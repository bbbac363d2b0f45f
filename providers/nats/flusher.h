// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "providers/nats/client.h"

namespace ductape::inline v0::nats {

/// Waits, on a thread of its own, until the server has what was written. Thread-safe.
class Flusher {
 public:
  using Token = std::uint64_t;
  /// `flushed` is called on its thread.
  explicit Flusher(std::function<void(std::vector<Token>)> flushed);
  /// Waits for the thread; a flush that is under way ends when its client is closed.
  ~Flusher();
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;

  /// Adds what was written to this client. What another still had is forgotten: its connection is over.
  void await(const std::shared_ptr<Client>& client, std::vector<Token> written);

 private:
  void run();

  const std::function<void(std::vector<Token>)> flushed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::shared_ptr<Client> client_;
  std::vector<Token> written_;
  std::thread thread_;
};

}  // namespace ductape::inline v0::nats
