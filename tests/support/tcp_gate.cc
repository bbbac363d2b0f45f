// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tcp_gate.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/loopback_port.h"
#include "tests/support/tcp_link.h"

namespace ductape::inline v0::support {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint loopback(std::uint16_t port) { return {boost::asio::ip::address_v4::loopback(), port}; }

}  // namespace

class TcpGate::Impl {
 public:
  explicit Impl(std::uint16_t target) : target_(loopback(target)) {
    listen();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Impl() {
    context_.stop();
    thread_.join();
  }

  template <class Task>
  void run(Task task) {
    std::packaged_task<void()> packaged(std::move(task));
    auto done = packaged.get_future();
    boost::asio::post(context_, std::move(packaged));
    done.get();
  }
  template <class Action>
  void each_link(Action action) {
    for (const auto& link : std::vector(links_)) action(*link);
    std::erase_if(links_, [](const auto& link) { return link->closed(); });
  }

  void listen() {
    if (acceptor_.is_open()) return;
    acceptor_ = tcp::acceptor(context_, loopback(port_.number()));
    accept_next();
  }
  void refuse() { acceptor_.close(); }

  const LoopbackPort port_;
  std::atomic<std::uint64_t> accepted_ = 0;
  GateState state_;

 private:
  void accept_next() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket client) {
      if (error) return;
      ++accepted_;
      each_link([](TcpLink&) {});
      links_.push_back(std::make_shared<TcpLink>(std::move(client), context_, state_));
      links_.back()->start(target_);
      accept_next();
    });
  }

  const tcp::endpoint target_;
  boost::asio::io_context context_{1};
  const boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_{context_};
  std::vector<std::shared_ptr<TcpLink>> links_;
  std::thread thread_;
};

TcpGate::TcpGate(std::uint16_t target) : impl_(std::make_unique<Impl>(target)) {}
TcpGate::~TcpGate() = default;

std::uint16_t TcpGate::port() const { return impl_->port_.number(); }
std::uint64_t TcpGate::accepted() const { return impl_->accepted_; }

void TcpGate::cut() {
  impl_->run([this] { impl_->each_link([](TcpLink& link) { link.close(); }); });
}

void TcpGate::refuse() {
  impl_->run([this] { impl_->refuse(); });
}

void TcpGate::accept() {
  impl_->run([this] { impl_->listen(); });
}

void TcpGate::stall() {
  impl_->run([this] { impl_->state_.stalled = true; });
}

void TcpGate::resume() {
  impl_->run([this] {
    impl_->state_.stalled = false;
    impl_->each_link([](TcpLink& link) { link.go_on(); });
  });
}

void TcpGate::half_open() {
  impl_->run([this] { impl_->each_link([](TcpLink& link) { link.forget(); }); });
}

void TcpGate::delay(std::chrono::milliseconds by) {
  impl_->run([this, by] { impl_->state_.delay = by; });
}

}  // namespace ductape::inline v0::support
