// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tcp_link.h"

#include <boost/asio/write.hpp>

namespace ductape::inline v0::support {
namespace {

using boost::system::error_code;

// Held by a link, beside what the system holds: a sender whose receiver stands still must feel it.
constexpr std::size_t most_waiting = 1 << 20;

void shut(TcpLink::Socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

}  // namespace

TcpLink::TcpLink(Socket client, boost::asio::io_context& context, const GateState& gate)
    : client_(std::move(client)), server_(context), gate_(gate), there_(client_, server_), back_(server_, client_) {}

void TcpLink::start(const boost::asio::ip::tcp::endpoint& target) {
  server_.async_connect(target, [self = shared_from_this()](const error_code& error) {
    if (error) return self->close();
    error_code ignored;
    self->client_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    self->server_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    self->connected_ = true;
    self->go_on();
  });
}

void TcpLink::go_on() {
  if (!connected_) return;
  for (auto* way : {&there_, &back_}) {
    write(*way);
    read(*way);
  }
}

void TcpLink::forget() {
  forgotten_ = true;
  go_on();
}

void TcpLink::close() {
  shut(client_);
  shut(server_);
}

void TcpLink::read(Way& way) {
  const bool full = gate_.stalled || way.waiting >= most_waiting;
  if (way.reading || way.read_all || !way.from.is_open() || (full && !forgotten_)) return;
  way.reading = true;
  way.from.async_read_some(boost::asio::buffer(way.buffer),
                           [this, self = shared_from_this(), &way](error_code error, std::size_t size) {
                             way.reading = false;
                             if (forgotten_) return error ? shut(way.from) : read(way);
                             if (error && error != boost::asio::error::eof) return close();
                             way.chunks.push_back({Clock::now() + gate_.delay, std::string(way.buffer.data(), size)});
                             way.waiting += size;
                             way.read_all = bool(error);
                             write(way);
                             read(way);
                           });
}

void TcpLink::write(Way& way) {
  if (way.writing || way.chunks.empty() || gate_.stalled || forgotten_ || !way.to.is_open()) return;
  way.writing = true;
  way.timer.expires_at(way.chunks.front().due);
  way.timer.async_wait([this, self = shared_from_this(), &way](error_code) {
    way.writing = false;
    if (!gate_.stalled && !forgotten_ && way.to.is_open()) write_front(way);
  });
}

void TcpLink::write_front(Way& way) {
  const auto& bytes = way.chunks.front().bytes;
  if (bytes.empty()) {
    error_code ignored;
    way.to.shutdown(Socket::shutdown_send, ignored);
    way.chunks.pop_front();
    way.written_all = true;
    if (there_.written_all && back_.written_all) close();
    return;
  }
  way.writing = true;
  boost::asio::async_write(way.to, boost::asio::buffer(bytes),
                           [this, self = shared_from_this(), &way](error_code error, std::size_t) {
                             way.writing = false;
                             if (forgotten_) return;
                             if (error) return close();
                             way.waiting -= way.chunks.front().bytes.size();
                             way.chunks.pop_front();
                             write(way);
                             read(way);
                           });
}

}  // namespace ductape::inline v0::support
