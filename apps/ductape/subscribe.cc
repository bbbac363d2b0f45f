// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <array>
#include <thread>

#include <ductape/units.hpp>

#include "apps/ductape/options.h"
#include "apps/ductape/stop_signals.h"
#include "apps/ductape/store.h"
#include "apps/ductape/subscriber.h"

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct SubscribeFlags {
  std::string event = {};
  SubscribeOptions options = {};
  std::optional<std::chrono::milliseconds> timeout = {}, idle = {}, lease = {}, close_deadline = {};
  bool raw = false;
};

/// A subscription's whole life on a thread of its own, as both making it and waiting for its end block.
class Running {
 public:
  Running(Client& client, const SubscribeFlags& flags, Subscriber& subscriber, WakeUp& wake_up)
      : thread_([&, this] {
          auto made = client.subscribe({.event = flags.event}, flags.options,
                                       [&subscriber](Delivery delivery) { subscriber.handle(std::move(delivery)); });
          {
            std::lock_guard lock(mutex_);
            made_ = std::make_shared<Result<Subscription>>(std::move(made));
          }
          wake_up.ring();
          auto ended = *made_ ? (*made_)->wait() : Result<void>();
          {
            std::lock_guard lock(mutex_);
            ended_ = std::move(ended);
          }
          wake_up.ring();
        }) {}
  ~Running() { join(); }

  /// Null until it is made or refused.
  std::shared_ptr<Result<Subscription>> made() {
    std::lock_guard lock(mutex_);
    return made_;
  }
  std::optional<Result<void>> ended() {
    std::lock_guard lock(mutex_);
    return ended_;
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Result<Subscription>> made_;
  std::optional<Result<void>> ended_;
  std::thread thread_;
};

enum class Why { ended, signal, timeout, idle, output };

/// Waits for whichever reason to stop comes first.
class Vigil {
 public:
  Vigil(Console& console, StopSignals& signals, WakeUp& wake_up)
      : console_(console), signals_(signals), wake_up_(wake_up) {}

  /// Until the subscription is made or refused; false if a signal came first.
  bool until_made(Running& running) {
    while (!running.made())
      if (sleep(Clock::time_point::max())) return false;
    return true;
  }

  Why until_over(Running& running, const Subscriber& subscriber, const SubscribeFlags& flags) {
    const auto timeout = flags.timeout ? Clock::now() + *flags.timeout : Clock::time_point::max();
    for (;;) {
      if (running.ended()) return Why::ended;
      if (console_.output().failure()) return Why::output;
      const auto now = Clock::now();
      const auto idle = flags.idle ? subscriber.last_activity() + *flags.idle : Clock::time_point::max();
      if (now >= timeout) return Why::timeout;
      if (now >= idle) return Why::idle;
      if (sleep(std::min(timeout, idle))) return Why::signal;
    }
  }

  /// True if a signal came.
  bool sleep(Clock::time_point until) {
    std::array<pollfd, 2> sources{{{.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
                                   {.fd = wake_up_.descriptor(), .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    const int patience =
        until == Clock::time_point::max() ? -1 : static_cast<int>(std::clamp(left, 0ms, 60'000ms).count());
    poll(sources.data(), sources.size(), patience);
    wake_up_.clear();
    return signals_.came();
  }

 private:
  Console& console_;
  StopSignals& signals_;
  WakeUp& wake_up_;
};

ExitCode finish(Console& console, Why why, Running& running, Subscriber& subscriber, const SubscribeFlags& flags) {
  auto& subscription = **running.made();
  const auto deadline = flags.close_deadline.value_or(30s);
  if (why == Why::output) {
    // What was written is acked first; what was not is given back at once instead of being waited for.
    subscription.pause();
    for (const auto until = Clock::now() + deadline; !subscriber.quiet() && Clock::now() < until;)
      std::this_thread::sleep_for(1ms);
    (void)subscription.close(0ms);
    return console.fail(*console.output().failure());
  }
  const auto closed = subscription.close(deadline);
  running.join();
  if (auto failure = console.output().failure()) return console.fail(*failure);
  if (why == Why::ended && !*running.ended()) return console.fail(running.ended()->error());
  if (!closed) return console.fail(closed.error());
  if (why == Why::timeout && flags.options.limit > 0 && subscriber.settled() < flags.options.limit) {
    console.fail({.code = Errc::timed_out,
                  .message = "--timeout " + format_duration(*flags.timeout) + " passed after " +
                             std::to_string(subscriber.settled()) + " of " + std::to_string(flags.options.limit) +
                             " messages"});
    return partly;
  }
  return done;
}

ExitCode subscribe(Console& console, const Globals& globals, SubscribeFlags flags) {
  StopSignals signals;
  WakeUp wake_up;
  if (flags.lease) flags.options.lease = *flags.lease;
  Subscriber subscriber(console,
                        flags.raw        ? DeliveryForm::raw
                        : console.json() ? DeliveryForm::json
                                         : DeliveryForm::text,
                        wake_up);
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  ExitCode code = done;
  {
    Running running(*client, flags, subscriber, wake_up);
    Vigil vigil(console, signals, wake_up);
    if (!vigil.until_made(running)) {
      (void)client->close(flags.close_deadline.value_or(30s));
      return done;
    }
    if (!*running.made()) return console.fail(running.made()->error());
    console.note("ready");
    subscriber.begin();
    code = finish(console, vigil.until_over(running, subscriber, flags), running, subscriber, flags);
  }
  subscriber.drop();
  return code;
}

}  // namespace

void add_subscribe(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "subscribe", "Receive messages: each is printed, then acked",
                              "  ductape subscribe events:hello --from earliest --count 1\n"
                              "  ductape subscribe orders:new-orders --group billing --json --idle 5s\n"
                              "  ductape subscribe orders:new-orders --mode broadcast --raw");
  auto flags = std::make_shared<SubscribeFlags>();
  auto& options = flags->options;
  command->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
  command
      ->add_option("-g,--group", options.group,
                   "Members of a group share its messages; else the broker's, else default")
      ->type_name("NAME");
  add_mode(*command, options.mode, true);
  add_from(*command, options.from);
  const auto positive = [](CLI::Option* option) {
    option->type_name("N")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40).description(""));
  };
  positive(command->add_option("-n,--count", options.limit, "Stop after so many, and never take more"));
  add_duration(*command, "--timeout", flags->timeout, "Stop after so long; status 3 if that is before --count");
  add_duration(*command, "--idle", flags->idle, "Stop after so long without a message");
  positive(command->add_option("--concurrency", options.concurrency,
                               "Messages under way at once; else the number of cores"));
  add_duration(*command, "--lease", flags->lease, "How long a message is ours before it must be renewed");
  add_duration(*command, "--close-deadline", flags->close_deadline,
               "How long running ones may take at the end; else 30s");
  command->add_flag("--raw", flags->raw, "Print bodies only, byte for byte, each with a line end");
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, flags](Console& console) {
    if (flags->raw && globals.json)
      return console.fail({.code = Errc::invalid_argument, .message = "--raw and --json exclude each other"});
    return subscribe(console, globals, *flags);
  });
}

}  // namespace ductape::cli
