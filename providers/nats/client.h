// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "providers/nats/options.h"
#include "providers/nats/wire.h"
#include "src/net/watched_socket.h"

namespace ductape::inline v0::nats {

struct SubscriptionDeleter {
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
};
using SubscriptionPtr = std::unique_ptr<natsSubscription, SubscriptionDeleter>;

/// One connection of the client library, which we read and write in turns of a loop instead of the library's threads.
/// It does not connect again: of its own accord the library would go on in the middle of a message that was cut.
class Client final : public std::enable_shared_from_this<Client> {
 public:
  struct Listener {  ///< what is called in a turn of the loop, where nothing else is said
    std::function<void()> readable = {}, writable = {};
    /// Something is to be written. On any thread, with the library's lock: it may only post.
    std::function<void()> wants_to_write = {};
    /// On the library's thread, with what came to `answers_to`.
    std::function<void(MessagePtr)> answered = {};
    /// What the server did not permit, in its words. On any thread.
    std::function<void(std::string words)> refused = {};
  };

  /// The loop for its turns: one where it may wait if it does TLS.
  static net::EventLoop& loop_for(const NatsOptions& options);

  /// Connects to the first server that lets us in, which blocks. Errors name the servers and say what refused.
  static Result<std::shared_ptr<Client>> connect(const NatsOptions& options);
  ~Client();

  // In turns of the loop only.
  /// Answers to requests come by a thread of the library's: what it gives us ourselves leaves out that nobody listens,
  /// and with it to whom.
  void listen(Listener listener, const std::string& answers_to);
  /// Takes what came to the subscriptions. False: the connection is over.
  bool read();
  /// Writes what the socket takes now; then `writable` is called if that was not all. False: the connection is over.
  bool write();
  /// Nothing waits for room in the socket.
  [[nodiscard]] bool may_write() const { return !waiting_for_room_; }
  natsStatus publish(natsMsg& message);
  /// Null if the connection is over. It is to go before the client does.
  SubscriptionPtr subscribe(const std::string& subject);
  /// What came since the last call, in its order; null for the news that nobody listens.
  static void take(natsSubscription& subscription, std::vector<MessagePtr>& out);
  [[nodiscard]] std::size_t max_payload() const;
  /// Why it is over.
  [[nodiscard]] Error why_over(std::string_view servers) const;
  /// The servers that the cluster announced, beside those that were named.
  [[nodiscard]] std::vector<std::string> announced() const;
  /// Nothing is called after it.
  void let_go();

  // On any thread but the loop's, blocking.
  /// Whether the server has all that was written before; false if it did not say so in time.
  bool flush(driver::Millis patience);
  /// After `let_go`.
  void close();
  [[nodiscard]] bool is_over() const { return natsConnection_IsClosed(native_); }

 private:
  class Silence;
  explicit Client(net::EventLoop& loop) : loop_(loop) {}

  void await_reading();

  static natsStatus attached(void** user_data, void* client, natsConnection*, int socket);
  static natsStatus wants_to_read(void*, bool) { return NATS_OK; }
  static natsStatus wants_to_write(void* client, bool wants);
  static natsStatus detached(void*) { return NATS_OK; }
  static void on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* id);
  static void on_error(natsConnection* native, natsSubscription*, natsStatus status, void* id);

  net::EventLoop& loop_;
  natsConnection* native_ = nullptr;
  natsSubscription* answers_ = nullptr;
  std::unique_ptr<net::WatchedSocket> socket_;
  void* id_ = nullptr;
  Listener listener_;
  std::atomic<bool> wants_to_write_ = false;
  bool waiting_for_room_ = false;
  std::atomic<std::uint64_t> reads_ = 0;
  std::atomic<bool> listened_to_ = false, gone_ = false, silent_ = false;
};

}  // namespace ductape::inline v0::nats
