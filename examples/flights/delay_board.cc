// SPDX-License-Identifier: Apache-2.0
// A group of its own on flights:departed: departures and mean delay per airport, live. On a terminal it is drawn at the
// top of the screen, elsewhere it is a line a second.
//
//   delay_board LOG [MINUTES]    LOG: gets a line for each departure on the board; ends on SIGTERM
//
// A delay of more than MINUTES has no room on the board: there its handler fails, and the departure ends as a dead
// letter of this group.
#include <ductape/ductape.hpp>
#include <ductape/serializers/json.hpp>

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <thread>

#include "examples/flights/board.h"
#include "examples/flights/delivery_log.h"

struct Departure {
  std::string date;
  int delay = 0;
  std::string origin;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Departure, date, delay, origin)

namespace {
using namespace std::chrono_literals;

struct NoRoom : std::runtime_error {
  NoRoom(int delay, int most)
      : runtime_error(std::to_string(delay) + " min late, the board has room for " + std::to_string(most)) {}
};

struct Screen {
  bool terminal =
      ::isatty(STDOUT_FILENO) && std::strcmp(std::getenv("TERM") ? std::getenv("TERM") : "dumb", "dumb") != 0;
  bool colour = terminal && !std::getenv("NO_COLOR");

  void show(const Board& board, bool last) const {
    std::string text;
    if (terminal) {
      // One write that puts the cursor back, so that others may print below on the same terminal.
      text =
          "\x1b"
          "7\x1b[H";
      for (const auto& line : board.lines(colour)) text += line + "\x1b[K\r\n";
      text +=
          "\x1b"
          "8";
    } else {
      text = board.line() + "\n";
      if (last)
        for (const auto& line : board.lines(colour)) text += line + "\n";
    }
    std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
  }
};

void redraw(const std::stop_token& stop, const Board& board, const Screen& screen) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, screen.terminal ? 200ms : 1000ms, [&] { return stop.stop_requested(); }))
    screen.show(board, false);
  screen.show(board, true);
}

int run(const char* log_path, int most) {
  const DeliveryLog log(log_path);
  Board board;
  auto client = ductape::Client::open({.product = "flights-demo", .service = "delay-board"}).value();
  auto departures = client.topic<Departure>("flights:departed").value();
  auto subscription = departures
                          .subscribe({.retry = {.max_attempts = 3, .backoff_min = 20ms, .backoff_max = 100ms}},
                                     [&](const Departure& flight, const ductape::Context& context) {
                                       if (flight.delay > most) throw NoRoom(flight.delay, most);
                                       log.append(context.id(), context.message().key());
                                       board.departed(flight.origin, flight.date, flight.delay);
                                     })
                          .value();
  std::cerr << "ready" << std::endl;
  const std::jthread drawing([&](const std::stop_token& stop) { redraw(stop, board, Screen{}); });
  return client.run_until_signal();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: delay_board LOG [MINUTES]\n";
    return 2;
  }
  try {
    return run(argv[1], argc > 2 ? std::atoi(argv[2]) : std::numeric_limits<int>::max());
  } catch (const std::exception& failure) {
    std::cerr << "delay_board: " << failure.what() << '\n';
    return 1;
  }
}
