// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tcp_gate.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/support/loopback_port.h"
#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using boost::system::error_code;

/// Sends back what comes.
class EchoServer {
 public:
  EchoServer() : acceptor_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_.number())) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~EchoServer() {
    context_.stop();
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  [[nodiscard]] int open_connections() const { return open_; }

 private:
  struct Client {
    explicit Client(tcp::socket connected) : socket(std::move(connected)) {}
    tcp::socket socket;
    std::array<char, 4096> buffer = {};
  };
  void accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error) return;
      ++open_;
      read(std::make_shared<Client>(std::move(socket)));
      accept();
    });
  }
  void read(const std::shared_ptr<Client>& client) {
    client->socket.async_read_some(
        boost::asio::buffer(client->buffer), [this, client](error_code error, std::size_t size) {
          if (error) {
            --open_;
            return;
          }
          boost::asio::write(client->socket, boost::asio::buffer(client->buffer.data(), size), error);
          read(client);
        });
  }

  const LoopbackPort port_;
  std::atomic<int> open_ = 0;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

class TcpGateTest : public testing::Test {
 protected:
  std::string echo(TextConnection& connection, const std::string& line) {
    connection.send(line + "\n");
    return connection.read_line();
  }
  bool passes(TextConnection& connection) { return echo(connection, "hello") == "hello\n"; }

  EchoServer server_;
  TcpGate gate_{server_.port()};
};

TEST_F(TcpGateTest, PassesBothWays) {
  TextConnection first(gate_.port()), second(gate_.port());
  EXPECT_EQ(echo(first, "one"), "one\n");
  EXPECT_EQ(echo(second, "two"), "two\n");
  EXPECT_EQ(gate_.accepted(), 2u);
  const std::string large(5'000'000, 'x');
  std::thread sender([&] { first.send(large + "\n"); });
  EXPECT_EQ(first.read_line().size(), large.size() + 1);
  sender.join();
}

TEST_F(TcpGateTest, PassesTheEndOn) {
  {
    TextConnection connection(gate_.port());
    ASSERT_TRUE(passes(connection));
  }
  for (const auto end = std::chrono::steady_clock::now() + 5s; server_.open_connections() > 0;)
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "the server still has the connection";
}

TEST_F(TcpGateTest, CutsWhatIsThere) {
  TextConnection before(gate_.port());
  ASSERT_TRUE(passes(before));
  gate_.cut();
  EXPECT_TRUE(before.is_closed());
  TextConnection after(gate_.port());
  EXPECT_TRUE(passes(after));
}

TEST_F(TcpGateTest, RefusesAndAccepts) {
  TextConnection before(gate_.port());
  ASSERT_TRUE(passes(before));
  gate_.refuse();
  gate_.refuse();
  EXPECT_THROW(TextConnection(gate_.port()), std::runtime_error);
  EXPECT_TRUE(passes(before));
  gate_.accept();
  gate_.accept();
  TextConnection after(gate_.port());
  EXPECT_TRUE(passes(after));
}

TEST_F(TcpGateTest, ClosesWhereNobodyListens) {
  const LoopbackPort nobody;
  TcpGate gate(nobody.number());
  EXPECT_TRUE(TextConnection(gate.port()).is_closed());
}

TEST_F(TcpGateTest, AStallLosesNothing) {
  TextConnection before(gate_.port());
  ASSERT_TRUE(passes(before));
  gate_.stall();
  before.send("held\n");
  EXPECT_TRUE(before.is_silent());
  TextConnection during(gate_.port());
  during.send("held too\n");
  EXPECT_TRUE(during.is_silent());
  gate_.resume();
  EXPECT_EQ(before.read_line(), "held\n");
  EXPECT_EQ(during.read_line(), "held too\n");
}

TEST_F(TcpGateTest, AStalledSenderIsHeldBack) {
  TextConnection connection(gate_.port(), 1s);
  ASSERT_TRUE(passes(connection));
  gate_.stall();
  EXPECT_THROW(connection.send(std::string(100'000'000, 'x')), std::runtime_error);
}

TEST_F(TcpGateTest, AForgottenConnectionStaysSo) {
  TextConnection before(gate_.port());
  ASSERT_TRUE(passes(before));
  gate_.half_open();
  before.send("lost\n");
  EXPECT_TRUE(before.is_silent());
  TextConnection after(gate_.port());
  EXPECT_TRUE(passes(after));
  gate_.stall();
  gate_.resume();
  before.send("lost too\n");
  EXPECT_TRUE(before.is_silent());
  EXPECT_TRUE(passes(after));
  EXPECT_EQ(server_.open_connections(), 2) << "the server hears of nothing";
  gate_.cut();
  EXPECT_TRUE(before.is_closed());
}

TEST_F(TcpGateTest, WhatWasStalledWhenItIsForgottenIsLost) {
  TextConnection connection(gate_.port());
  ASSERT_TRUE(passes(connection));
  gate_.stall();
  connection.send("held\n");
  EXPECT_TRUE(connection.is_silent());
  gate_.half_open();
  gate_.resume();
  EXPECT_TRUE(connection.is_silent());
}

TEST_F(TcpGateTest, DelaysBothWaysButDoesNotThrottle) {
  TextConnection connection(gate_.port());
  ASSERT_TRUE(passes(connection));
  gate_.delay(50ms);
  auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(passes(connection));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
  begin = std::chrono::steady_clock::now();
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += "line\n";
  for (int i = 0; i < 100; ++i) connection.send("line\n");
  std::string got;
  while (got.size() < expected.size()) got += connection.read_line();
  EXPECT_EQ(got, expected);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << "a hundred round trips would be 10 s";
}

}  // namespace
}  // namespace ductape::inline v0::support
