// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

namespace ductape::inline v0::support {

/// What holds for all connections of a gate.
struct GateState {
  bool stalled = false;
  std::chrono::milliseconds delay{0};
};

/// One connection through a gate: what either side sends goes to the other. Used by the gate's thread only.
class TcpLink : public std::enable_shared_from_this<TcpLink> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  TcpLink(Socket client, boost::asio::io_context& context, const GateState& gate);
  /// Connects to the target and begins; closes the client if nobody listens there.
  void start(const boost::asio::ip::tcp::endpoint& target);
  /// Takes up what a stall held back.
  void go_on();
  /// From now on what is sent vanishes.
  void forget();
  void close();
  [[nodiscard]] bool closed() const { return !client_.is_open() && !server_.is_open(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Chunk {
    Clock::time_point due;
    std::string bytes;  // empty: the end
  };
  struct Way {
    Way(Socket& source, Socket& sink) : from(source), to(sink), timer(source.get_executor()) {}
    Socket &from, &to;
    boost::asio::steady_timer timer;
    std::array<char, 64 * 1024> buffer = {};
    std::deque<Chunk> chunks = {};
    std::size_t waiting = 0;  // bytes in them
    bool reading = false, writing = false;
    bool read_all = false, written_all = false;  // up to the end
  };

  void read(Way& way);
  void write(Way& way);
  void write_front(Way& way);

  Socket client_, server_;
  const GateState& gate_;
  Way there_, back_;
  bool connected_ = false, forgotten_ = false;
};

}  // namespace ductape::inline v0::support
