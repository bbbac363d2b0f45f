// SPDX-License-Identifier: Apache-2.0
// A program that joins a tracing system through the public API: its spans are lines on standard output.
//
//   traced publish EVENT          within a span that is told first
//   traced subscribe EVENT        one message, handled within a span
#include <ductape/ductape.hpp>

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

namespace {

/// As OpenTelemetry's: a thread has at most one span that is open, and a new one is its child.
class Span {
 public:
  explicit Span(std::string_view parent) : before_(open) {
    open = parent;
    if (open.size() == 55) open[36] = open[36] == 'b' ? 'c' : 'b';  // its own id, in the parent's trace
    tell("begin " + open + " child of " + std::string(parent));
  }
  ~Span() {
    tell("end " + open);
    open = before_;
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  static void tell(const std::string& line) {
    static std::mutex mutex;
    const std::lock_guard one(mutex);
    std::cout << line << std::endl;
  }
  static thread_local std::string open;

 private:
  const std::string before_;
};
thread_local std::string Span::open;

struct Spans final : ductape::Tracer {
  ductape::Headers publishing(std::string_view) override {
    if (Span::open.empty()) return {};
    return {{"traceparent", Span::open}, {"tracestate", "shop=7"}};
  }
  std::shared_ptr<void> handling(const ductape::Context& context) override {
    return std::make_shared<Span>(context.traceparent());
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string what = arguments[1], event = arguments[2];
  auto client = ductape::Client::open({.service = "billing", .tracer = std::make_shared<Spans>()}).value();
  if (what == "publish") {
    const Span span("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    client.publish({.event = event, .message = "{}"}).get().value();
    return 0;
  }
  auto subscription = client
                          .subscribe({.event = event}, {.from = "earliest", .limit = 1},
                                     [](const ductape::Message& message, const ductape::Context& context) {
                                       Span::tell("handled " + std::string(message.text()) + " in " + Span::open +
                                                  " of " + std::string(context.traceparent()));
                                     })
                          .value();
  return subscription.wait(std::chrono::seconds(30)).ok() ? 0 : 1;
}
