// SPDX-License-Identifier: Apache-2.0
#include "src/net/stream.h"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <ductape/units.hpp>

namespace ductape::inline v0::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string Endpoint::text() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

// Lives as long as an operation of Asio's is under way; `sink` is null once nobody wants to hear of it.
struct Stream::State : std::enable_shared_from_this<State> {
  State(EventLoop& of, Endpoint endpoint, StreamSink& told)
      : loop(of),
        to(std::move(endpoint)),
        sink(&told),
        resolver(loop.context()),
        socket(loop.context()),
        patience(loop.context()) {}

  void start(driver::Millis limit) {
    patience.expires_after(limit);
    patience.async_wait([self = shared_from_this(), limit](const error_code& error) {
      const EventLoop::Turn turn(self->loop);
      if (error || self->ready) return;
      if (self->secure)
        return self->fail(tls_error(self->to.text(), X509_V_OK, "no answer within " + format_duration(limit)));
      self->fail({.code = Errc::unavailable,
                  .message = self->to.text() + " did not answer within " + format_duration(limit),
                  .hint = "is that the right host and port, and is nothing in between?"});
    });
    resolver.async_resolve(to.host, std::to_string(to.port),
                           [self = shared_from_this()](const error_code& error, const tcp::resolver::results_type& at) {
                             const EventLoop::Turn turn(self->loop);
                             if (error) return self->fail(self->unreachable(error));
                             self->connect(at);
                           });
  }

  void connect(const tcp::resolver::results_type& at) {
    if (sink == nullptr) return;
    asio::async_connect(socket, at, [self = shared_from_this()](const error_code& error, const tcp::endpoint&) {
      const EventLoop::Turn turn(self->loop);
      if (error) return self->fail(self->unreachable(error));
      error_code ignored;
      self->socket.set_option(tcp::no_delay(true), ignored);
      self->socket.set_option(asio::socket_base::keep_alive(true), ignored);
      self->socket.non_blocking(true, ignored);
      if (self->to.tls)
        self->shake_hands();
      else
        self->begin();
    });
  }

  void shake_hands() {
    if (sink == nullptr) return;
    secure.emplace(socket, *to.tls);
    // Servers with many certificates are told which one is meant; an address is not a name.
    SSL_set_tlsext_host_name(secure->native_handle(), to.host.c_str());
    auto* wanted = SSL_get0_param(secure->native_handle());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, to.host.c_str()) != 1)
      X509_VERIFY_PARAM_set1_host(wanted, to.host.c_str(), to.host.size());
    secure->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
      const EventLoop::Turn turn(self->loop);
      if (!error) return self->begin();
      const auto found = SSL_get_verify_result(self->secure->native_handle());
      self->fail(tls_error(self->to.text(), found, error.message()));
    });
  }

  void begin() {
    if (sink == nullptr) return;
    ready = true;
    patience.cancel();
    read();
    sink->connected();
  }

  void read() {
    if (sink == nullptr) return;
    auto done = [self = shared_from_this()](const error_code& error, std::size_t count) {
      const EventLoop::Turn turn(self->loop);
      if (self->sink == nullptr) return;
      if (error) return self->fail(self->ended(error));
      self->sink->received(std::span(self->incoming).first(count));
      self->read();
    };
    if (secure)
      secure->async_read_some(asio::buffer(incoming), std::move(done));
    else
      socket.async_read_some(asio::buffer(incoming), std::move(done));
  }

  bool write(std::string& bytes) {
    std::swap(outgoing, bytes);
    bytes.clear();
    written = 0;
    if (!secure) {
      error_code error;  // whatever it is, the operation below meets it again
      written = socket.write_some(asio::buffer(outgoing), error);
      if (written == outgoing.size()) return true;
    }
    write_rest();
    return false;
  }

  // Not async_write on a plain socket: it would go on between its parts without having its turn.
  void write_rest() {
    auto done = [self = shared_from_this()](const error_code& error, std::size_t count) {
      const EventLoop::Turn turn(self->loop);
      if (self->sink == nullptr) return;
      if (error) return self->fail(self->ended(error));
      self->written += count;
      if (self->written < self->outgoing.size()) return self->write_rest();
      self->sink->written();
    };
    if (secure)
      asio::async_write(*secure, asio::buffer(outgoing), std::move(done));
    else
      socket.async_write_some(asio::buffer(outgoing) + written, std::move(done));
  }

  void close() {
    sink = nullptr;
    error_code ignored;
    resolver.cancel();
    patience.cancel();
    socket.close(ignored);
  }

  void fail(Error why) {
    if (sink == nullptr) return;
    auto& told = *sink;
    close();
    told.closed(std::move(why));
  }

  [[nodiscard]] Error unreachable(const error_code& error) const {
    return {.code = Errc::unavailable,
            .message = to.text() + " cannot be reached: " + error.message(),
            .hint = "does the server run, and is that its host and port?",
            .native = error.message()};
  }
  [[nodiscard]] Error ended(const error_code& error) const {
    const auto why = error == asio::error::eof ? "the server closed it" : error.message();
    return {.code = Errc::unavailable, .message = "the connection to " + to.text() + " ended: " + why, .native = why};
  }

  EventLoop& loop;
  const Endpoint to;
  StreamSink* sink;
  tcp::resolver resolver;
  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> secure;
  asio::steady_timer patience;
  bool ready = false;
  std::array<char, 64 * 1024> incoming;
  std::string outgoing;
  std::size_t written = 0;  // of it
};

Stream::Stream(EventLoop& loop, Endpoint to, driver::Millis patience, StreamSink& sink)
    : state_(std::make_shared<State>(loop, std::move(to), sink)) {
  state_->start(patience);
}

Stream::~Stream() { state_->close(); }

bool Stream::write(std::string& bytes) { return state_->write(bytes); }

}  // namespace ductape::inline v0::net
