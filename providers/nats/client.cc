// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/client.h"

#include <cstdlib>

#include "providers/nats/by_id.h"
#include "providers/nats/dial.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

// A frozen server and a connection that is half open are seen within three pings.
constexpr int silent_for_most = 2;

}  // namespace

/// Ends a connection on which nothing comes, not even the answer to a ping. On the loop that never waits, as the
/// client's own may do so within the message that does not go on.
class Client::Silence : public std::enable_shared_from_this<Client::Silence> {
 public:
  explicit Silence(std::weak_ptr<Client> of) : of_(std::move(of)) {}

  void look() {
    const auto client = of_.lock();
    if (!client || client->gone_) return;
    const auto reads = client->reads_.load();
    silent_ = reads == before_ ? silent_ + 1 : 0;
    before_ = reads;
    if (silent_ >= silent_for_most) {
      client->silent_ = true;
      client->socket_->shut_down();
    }
    again_.at(net::EventLoop::Clock::now() + ping_interval, [self = shared_from_this()] { self->look(); });
  }

 private:
  const std::weak_ptr<Client> of_;
  net::LoopTimer again_{net::EventLoop::shared()};
  std::uint64_t before_ = 0;
  int silent_ = 0;
};

net::EventLoop& Client::loop_for(const NatsOptions& options) {
  return uses_tls(options) ? net::EventLoop::patient() : net::EventLoop::shared();
}

Result<std::shared_ptr<Client>> Client::connect(const NatsOptions& options) {
  auto native = library_options(options);
  if (!native) return native.error();
  const std::shared_ptr<Client> client(new Client(loop_for(options)));
  client->id_ = ById<Client>::add(client);
  natsOptions_SetEventLoop(native->get(), client.get(), attached, wants_to_read, wants_to_write, detached);
  natsOptions_SetErrorHandler(native->get(), on_error, client->id_);
  auto made = dial(options, **native);
  if (!made) return made.error();
  client->native_ = *made;
  keep_certificates(options, std::move(*native));
  net::EventLoop::shared().post([silence = std::make_shared<Silence>(client)] { silence->look(); });
  return client;
}

Client::~Client() {
  ById<Client>::remove(id_);
  if (native_ == nullptr) return;
  natsConnection_Close(native_);
  natsSubscription_Destroy(answers_);  // not before: a message for it may be on its way
  natsConnection_Destroy(native_);
}

void Client::listen(Listener listener, const std::string& answers_to) {
  listener_ = std::move(listener);
  listened_to_ = true;
  if (natsConnection_Subscribe(&answers_, native_, answers_to.c_str(), on_answer, id_) == NATS_OK)
    natsSubscription_SetPendingLimits(answers_, -1, -1);
  await_reading();
}

void Client::await_reading() {
  socket_->when_readable([self = shared_from_this()] {
    self->listener_.readable();
    if (!self->gone_) self->await_reading();
  });
}

bool Client::read() {
  ++reads_;
  natsConnection_ProcessReadEvent(native_);
  return !is_over();
}

bool Client::write() {
  if (!wants_to_write_ || waiting_for_room_) return !is_over();
  natsConnection_ProcessWriteEvent(native_);
  if (is_over()) return false;
  if (!wants_to_write_) return true;
  waiting_for_room_ = true;
  socket_->when_writable([self = shared_from_this()] {
    self->waiting_for_room_ = false;
    self->listener_.writable();
  });
  return true;
}

natsStatus Client::publish(natsMsg& message) { return natsConnection_PublishMsg(native_, &message); }

SubscriptionPtr Client::subscribe(const std::string& subject) {
  natsSubscription* made = nullptr;
  const auto status = natsConnection_SubscribeSync(&made, native_, subject.c_str());
  if (status == NATS_OK) natsSubscription_SetPendingLimits(made, -1, -1);
  return SubscriptionPtr(made);
}

void Client::take(natsSubscription& subscription, std::vector<MessagePtr>& out) {
  int messages = 0, bytes = 0;
  if (natsSubscription_GetPending(&subscription, &messages, &bytes) != NATS_OK) return;
  for (; messages > 0; --messages) {
    natsMsg* message = nullptr;
    const auto status = natsSubscription_NextMsg(&message, &subscription, 0);
    if (status != NATS_OK && status != NATS_NO_RESPONDERS) return;
    out.emplace_back(message);
  }
}

std::size_t Client::max_payload() const { return static_cast<std::size_t>(natsConnection_GetMaxPayload(native_)); }

Error Client::why_over(std::string_view servers) const {
  const char* words = nullptr;
  auto status = natsConnection_GetLastError(native_, &words);
  if (silent_) status = NATS_STALE_CONNECTION;
  if (status == NATS_OK) status = NATS_CONNECTION_DISCONNECTED;
  return from_status(status, "NATS at " + std::string(servers), silent_ || words == nullptr ? "" : words);
}

std::vector<std::string> Client::announced() const {
  char** servers = nullptr;
  int count = 0;
  if (natsConnection_GetDiscoveredServers(native_, &servers, &count) != NATS_OK) return {};
  std::vector<std::string> all(servers, servers + count);
  for (int i = 0; i < count; ++i) std::free(servers[i]);
  std::free(servers);
  return all;
}

void Client::let_go() {
  gone_ = true;
  socket_->let_go();
}

bool Client::flush(driver::Millis patience) {
  return natsConnection_FlushTimeout(native_, patience.count()) == NATS_OK;
}

void Client::close() { natsConnection_Close(native_); }

natsStatus Client::attached(void** user_data, void* client, natsConnection*, int socket) {
  auto* const self = static_cast<Client*>(client);
  self->socket_ = std::make_unique<net::WatchedSocket>(self->loop_, socket);
  *user_data = client;
  return NATS_OK;
}

natsStatus Client::wants_to_write(void* client, bool wants) {
  auto* const self = static_cast<Client*>(client);
  self->wants_to_write_ = wants;
  // What is written in a turn goes out at its end.
  if (wants && self->listened_to_ && !self->loop_.is_here()) self->listener_.wants_to_write();
  return NATS_OK;
}

void Client::on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* id) {
  MessagePtr owned(message);
  if (const auto client = ById<Client>::find(id)) client->listener_.answered(std::move(owned));
}

void Client::on_error(natsConnection* native, natsSubscription*, natsStatus status, void* id) {
  const auto client = ById<Client>::find(id);
  if (!client || status != NATS_NOT_PERMITTED || !client->listened_to_) return;
  const char* words = nullptr;
  natsConnection_GetLastError(native, &words);
  if (words != nullptr) client->listener_.refused(words);
}

}  // namespace ductape::inline v0::nats
