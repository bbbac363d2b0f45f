// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/publish_stream.h"

#include <cmath>

#include <ductape/units.hpp>

#include "apps/ductape/json_text.h"
#include "apps/ductape/receipt_json.h"

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

// No provider takes more in one message; an input without line ends must not fill the memory.
constexpr std::size_t longest_line = 64u << 20;
constexpr auto redraw = 100ms;

}  // namespace

PublishStream::PublishStream(Console& console, Topic topic, std::string env, StopSignals& signals,
                             StreamOptions options)
    : console_(console),
      topic_(std::move(topic)),
      env_(std::move(env)),
      options_(std::move(options)),
      source_(0, signals, wake_up_),
      splitter_(longest_line),
      window_(options_.under_way) {}

ExitCode PublishStream::run() {
  std::thread reporter([this] { report_outcomes(); });
  read_lines();
  window_.close();
  while (console_.terminal() && !reported_.load()) {
    draw_progress();
    source_.pause(redraw);
  }
  reporter.join();
  console_.status("");
  if (auto failure = console_.output().failure()) {
    console_.fail(*failure);
    return worse(failed, unknown_ ? outcome_unknown : refused_ > 0 ? partly : failed);
  }
  if (!console_.json()) console_.note(summary());
  if (source_.failure()) {
    console_.fail(*source_.failure());
    return worse(unknown_ ? outcome_unknown : wrong, confirmed_ + refused_ > 0 ? partly : wrong);
  }
  if (refused_ == 0) return done;
  console_.fail(resume_error());
  return unknown_ ? outcome_unknown : partly;
}

void PublishStream::read_lines() {
  const auto patience = console_.terminal() ? redraw : -1ms;
  while (!stop_) {
    const auto event = source_.next(patience);
    if (event == LineSource::Event::end) splitter_.finish();
    if (event == LineSource::Event::bytes) splitter_.feed(source_.chunk());
    note(event);
    take_lines();
    draw_progress();
    if (event == LineSource::Event::end) return;
  }
}

void PublishStream::take_lines() {
  while (!stop_) {
    const auto line = splitter_.next();
    if (!line) return;
    if (take(*line)) next_line_ = line->number + 1;
  }
}

bool PublishStream::take(const LineSplitter::Line& line) {
  if (line.number < options_.start_line) return ++skipped_;
  if (line.too_long)
    return refuse(line.number,
                  {.code = Errc::message_too_large, .message = "the line is longer than " + format_size(longest_line)});
  if (is_blank(line.text)) return ++blank_;
  auto key = key_of(line.text);
  if (!key) return refuse(line.number, std::move(key).error());
  return wait_for_turn() && send(line, std::move(*key));
}

Result<std::string> PublishStream::key_of(std::string_view body) const {
  if (options_.key_from) return options_.key_from->key_of(body);
  if (is_json_type(options_.message.content_type))
    if (auto reason = why_not_json(body))
      return Error{.code = Errc::invalid_argument, .message = "not JSON: " + *reason};
  return options_.message.key;
}

bool PublishStream::refuse(std::uint64_t line, Error error) {
  const auto ticket = reserve(line);
  if (!ticket) return false;
  if (!options_.go_on) stop_ = true;
  window_.complete(*ticket, std::move(error));
  return true;
}

std::optional<ReceiptWindow::Ticket> PublishStream::reserve(std::uint64_t line) {
  while (!stop_) {
    if (auto ticket = window_.reserve(line, redraw)) return ticket;
    note(source_.pause(0ns));
    draw_progress();
  }
  return std::nullopt;
}

bool PublishStream::send(const LineSplitter::Line& line, std::string key) {
  const auto ticket = reserve(line.number);
  if (!ticket) return false;
  auto message = options_.message;
  message.key = std::move(key);
  auto future = topic_.publish(std::string(line.text), std::move(message));
  if (future.ready()) {
    // What is refused before it is sent is known here, so that nothing behind it goes.
    auto result = future.get();
    if (!result && !options_.go_on) stop_ = true;
    window_.complete(*ticket, std::move(result));
  } else {
    std::move(future).then(
        [this, ticket = *ticket](Result<Receipt> result) { window_.complete(ticket, std::move(result)); });
  }
  return true;
}

bool PublishStream::wait_for_turn() {
  if (!options_.pacer) return !stop_;
  for (auto& pacer = *options_.pacer; !stop_;) {
    const auto wait = pacer.wait(Pacer::Clock::now());
    if (wait == wait.zero()) {
      pacer.sent(Pacer::Clock::now());
      return true;
    }
    note(source_.pause(std::min<Pacer::Clock::duration>(wait, redraw)));
    draw_progress();
  }
  return false;
}

void PublishStream::note(LineSource::Event event) {
  if (event != LineSource::Event::signal) return;
  interrupted_ = true;
  stop_ = true;
}

void PublishStream::draw_progress() {
  if (!console_.terminal()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < redraw) return;
  drawn_ = now;
  console_.status(progress_line({.count = confirmed_,
                                 .refused = refused_,
                                 .covered = source_.bytes_read(),
                                 .whole = source_.bytes_total(),
                                 .elapsed = now - began_},
                                console_.width()));
}

void PublishStream::report_outcomes() {
  std::vector<ReceiptWindow::Outcome> outcomes;
  std::string out;
  while (window_.take(outcomes)) {
    for (const auto& outcome : outcomes) report(outcome, out);
    outcomes.clear();
    if (!out.empty() && !console_.output().write(out)) stop_ = true;
    out.clear();
    if (stop_) wake_up_.ring();
  }
  reported_ = true;
  wake_up_.ring();
}

void PublishStream::report(const ReceiptWindow::Outcome& outcome, std::string& out) {
  if (console_.json()) append_receipt(out, outcome.line, topic_.event(), env_, outcome.result);
  if (outcome.result) {
    ++confirmed_;
    if (first_refused_) ++confirmed_after_;
    return;
  }
  const Error& error = outcome.result.error();
  ++refused_;
  unknown_ = unknown_ || error.code == Errc::outcome_unknown;
  if (!first_refused_) {
    first_refused_ = outcome.line;
    first_error_ = error;
  }
  if (!options_.go_on) stop_ = true;
  if (!console_.json() && (options_.go_on || outcome.line != *first_refused_))
    console_.note("line " + std::to_string(outcome.line) + " (" + std::string(error.name()) + "): " + error.message);
}

std::string PublishStream::summary() const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began_;
  std::string text = grouped(confirmed_) + " confirmed";
  if (refused_ > 0) text += ", " + grouped(refused_) + " refused";
  if (blank_ > 0) text += ", " + grouped(blank_) + " blank";
  if (skipped_ > 0) text += ", " + grouped(skipped_) + " skipped";
  const auto tenths = std::to_string(std::llround(elapsed.count() * 10));
  text += " in " + (tenths.size() > 1 ? tenths.substr(0, tenths.size() - 1) : "0") + "." + tenths.back() + " s, " +
          grouped(rate_of(confirmed_, elapsed)) + "/s";
  if (interrupted_) text += "; stopped by a signal, the next is --start-line " + std::to_string(next_line_);
  return text;
}

Error PublishStream::resume_error() const {
  Error error = first_error_;
  const auto line = std::to_string(*first_refused_);
  if (options_.go_on) {
    error.message = std::to_string(refused_) + (refused_ == 1 ? " line was" : " lines were") +
                    " not confirmed, the first is line " + line + ": " + error.message;
    return error;
  }
  error.message = "line " + line + ": " + error.message + "; the lines before it are confirmed, ";
  error.message += confirmed_after_ == 0
                       ? "nothing after it was sent"
                       : std::to_string(confirmed_after_) + " after it were under way already and are confirmed too";
  error.hint += (error.hint.empty() ? "" : "; ") + ("put it right and resume with --start-line " + line);
  if (confirmed_after_ > 0) error.hint += " (--batch 1 sends nothing before the line before is confirmed)";
  return error;
}

}  // namespace ductape::cli
