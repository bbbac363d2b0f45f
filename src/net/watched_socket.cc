// SPDX-License-Identifier: Apache-2.0
#include "src/net/watched_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <mutex>

namespace ductape::inline v0::net {

namespace asio = boost::asio;

struct WatchedSocket::State : std::enable_shared_from_this<State> {
  State(EventLoop& of, int socket) : loop(of), descriptor(of.context(), ::dup(socket)) {}

  void wait(asio::posix::stream_descriptor::wait_type what, std::function<void()> ready) {
    descriptor.async_wait(
        what, [self = shared_from_this(), ready = std::move(ready)](const boost::system::error_code& error) {
          const EventLoop::Turn turn(self->loop);
          if (!error && self->descriptor.is_open()) ready();
        });
  }

  EventLoop& loop;
  std::mutex open;  // as it is closed in a turn, and shut down at any time
  asio::posix::stream_descriptor descriptor;
};

WatchedSocket::WatchedSocket(EventLoop& loop, int socket) : state_(std::make_shared<State>(loop, socket)) {}

WatchedSocket::~WatchedSocket() = default;

void WatchedSocket::when_readable(std::function<void()> ready) {
  state_->wait(asio::posix::stream_descriptor::wait_read, std::move(ready));
}

void WatchedSocket::when_writable(std::function<void()> ready) {
  state_->wait(asio::posix::stream_descriptor::wait_write, std::move(ready));
}

void WatchedSocket::let_go() {
  const std::lock_guard lock(state_->open);
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

void WatchedSocket::shut_down() const {
  const std::lock_guard lock(state_->open);
  if (state_->descriptor.is_open()) ::shutdown(state_->descriptor.native_handle(), SHUT_RDWR);
}

}  // namespace ductape::inline v0::net
