// SPDX-License-Identifier: Apache-2.0
#include "src/net/watched_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <optional>

namespace ductape::inline v0::net {
namespace {

class Watched : public testing::Test {
 protected:
  Watched() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    socket_.emplace(loop_, ends_[0]);
  }
  ~Watched() override {
    in_a_turn([&] { socket_->let_go(); });
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void in_a_turn(std::function<void()> task) {
    loop_.post(std::move(task));
    loop_.flush();
  }
  EventLoop& loop_ = EventLoop::shared();
  std::array<int, 2> ends_{-1, -1};
  std::optional<WatchedSocket> socket_;
};

TEST_F(Watched, IsToldOnceOfWhatCanBeRead) {
  std::promise<bool> told;
  std::atomic<int> times = 0;
  in_a_turn([&] {
    socket_->when_readable([&] {
      ++times;
      told.set_value(loop_.is_here());
    });
  });
  EXPECT_EQ(times, 0);
  EXPECT_EQ(::write(ends_[1], "x", 1), 1);
  EXPECT_TRUE(told.get_future().get()) << "in a turn";
  EXPECT_EQ(::write(ends_[1], "x", 1), 1);
  loop_.flush();
  EXPECT_EQ(times, 1);

  // What was not read is told again, and so is the room to write beside it.
  std::promise<void> again, room;
  in_a_turn([&] {
    socket_->when_readable([&] { again.set_value(); });
    socket_->when_writable([&] { room.set_value(); });
  });
  again.get_future().get();
  room.get_future().get();
}

TEST_F(Watched, TheEndCanBeRead) {
  std::promise<void> by_the_other, by_us;
  in_a_turn([&] { socket_->when_readable([&] { by_us.set_value(); }); });
  socket_->shut_down();
  by_us.get_future().get();
  char byte = 0;
  EXPECT_EQ(::read(ends_[0], &byte, 1), 0) << "for the library too";
  ::close(ends_[1]);
  ends_[1] = -1;
  in_a_turn([&] { socket_->when_readable([&] { by_the_other.set_value(); }); });
  by_the_other.get_future().get();
}

TEST_F(Watched, WhoLetGoHearsNothing) {
  std::atomic<int> told = 0;
  in_a_turn([&] {
    socket_->when_readable([&] { ++told; });
    EXPECT_EQ(::write(ends_[1], "x", 1), 1);
    socket_->let_go();
  });
  loop_.flush();
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace ductape::inline v0::net
