// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <ductape/client.hpp>

#include "apps/ductape/console.h"
#include "apps/ductape/key_pointer.h"
#include "apps/ductape/line_source.h"
#include "apps/ductape/line_splitter.h"
#include "apps/ductape/pacer.h"
#include "apps/ductape/progress.h"
#include "apps/ductape/receipt_window.h"

namespace ductape::cli {

struct StreamOptions {
  PublishOptions message = {};  ///< of every line; the key too, unless there is a `key_from`
  std::optional<KeyPointer> key_from = {};
  std::size_t under_way = 4096;  ///< most lines sent and not confirmed
  std::optional<Pacer> pacer = {};
  bool go_on = false;  ///< after a refused line
  std::uint64_t start_line = 1;
};

/// `publish EVENT -`: sends each line of standard input, many at a time, and reports them in line order. One thread
/// reads and sends, another reports; completions come from the client's workers.
class PublishStream {
 public:
  PublishStream(Console& console, Topic topic, std::string env, StopSignals& signals, StreamOptions options);

  ExitCode run();

 private:
  // The reading thread. What returns bool says false if it did nothing with the line because all is to stop.
  void read_lines();
  void take_lines();
  bool take(const LineSplitter::Line& line);
  [[nodiscard]] Result<std::string> key_of(std::string_view body) const;
  bool refuse(std::uint64_t line, Error error);
  std::optional<ReceiptWindow::Ticket> reserve(std::uint64_t line);
  bool send(const LineSplitter::Line& line, std::string key);
  bool wait_for_turn();
  void note(LineSource::Event event);
  void draw_progress();

  // The reporting thread.
  void report_outcomes();
  void report(const ReceiptWindow::Outcome& outcome, std::string& out);

  [[nodiscard]] std::string summary() const;
  [[nodiscard]] Error resume_error() const;

  Console& console_;
  Topic topic_;
  const std::string env_;
  StreamOptions options_;
  WakeUp wake_up_;
  LineSource source_;
  LineSplitter splitter_;
  ReceiptWindow window_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();

  // Of the reading thread.
  std::uint64_t blank_ = 0, skipped_ = 0;
  std::uint64_t next_line_ = 1;  // the first of which nothing was done
  bool interrupted_ = false;
  std::chrono::steady_clock::time_point drawn_ = {};

  // Of the reporting thread; the reading one shows the counts while they grow and reads the rest once it has ended.
  std::atomic<std::uint64_t> confirmed_ = 0, refused_ = 0;
  std::uint64_t confirmed_after_ = 0;  // lines behind the first refused one that were under way already
  std::optional<std::uint64_t> first_refused_;
  Error first_error_;
  bool unknown_ = false;
  std::atomic<bool> stop_ = false;      // nothing more is to be sent
  std::atomic<bool> reported_ = false;  // the reporting thread has done all
};

}  // namespace ductape::cli
