// SPDX-License-Identifier: Apache-2.0
#include <ductape/units.hpp>

#include "apps/ductape/options.h"
#include "apps/ductape/retry_flags.h"
#include "apps/ductape/store.h"
#include "apps/ductape/subscription_run.h"

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

struct SubscribeFlags {
  std::string event = {};
  SubscribeOptions options = {};
  Vigil::Limits limits = {};
  std::optional<std::chrono::milliseconds> lease = {}, handler_timeout = {}, close_deadline = {};
  std::optional<std::string> exec = {};
  bool raw = false;
};

/// One run of the command: what its parts share.
class Run {
 public:
  Run(Console& console, const SubscribeFlags& flags)
      : console_(console),
        flags_(flags),
        deadline_(flags.close_deadline.value_or(30s)),
        handlers_(flags.exec ? std::make_unique<ExecHandler>(console, *flags.exec, flags.handler_timeout) : nullptr) {}

  ExitCode operator()(const Globals& globals) {
    auto client = open_client(globals, &console_);
    if (!client) return console_.fail(client.error());
    const auto code = with(*client);
    subscriber_.drop();
    return code;
  }

 private:
  ExitCode with(Client& client) {
    SubscriptionRun run(client, flags_.event, flags_.options, subscriber_, wake_up_);
    Vigil vigil(signals_, wake_up_);
    if (!vigil.until_made(run)) {
      const auto closed = close([&](auto deadline) { return client.close(deadline); });
      return handlers_ && handlers_->stopped() > 0 ? console_.fail(closed.error()) : done;
    }
    if (!*run.made()) return console_.fail(run.made()->error());
    console_.note("ready");
    subscriber_.begin();
    return finish(vigil.until_over(run, subscriber_, flags_.limits, [&] { return parked(client, **run.made()); }), run);
  }

  bool parked(Client& client, const Subscription& subscription) const {
    if (subscription.stats().parked > 0) return true;
    if (flags_.options.mode == Mode::broadcast) return false;
    const auto group = client.groups().show({.event = flags_.event, .group = std::string(subscription.group())});
    return group && group->parked.value_or(0) > 0;
  }

  Result<void> close(const std::function<Result<void>(std::chrono::milliseconds)>& by) {
    return close_in_time(by, deadline_, handlers_.get(), subscriber_);
  }

  ExitCode finish(Vigil::Why why, SubscriptionRun& run) {
    auto& subscription = **run.made();
    if (why == Vigil::Why::broken) return give_up(subscription);
    const auto closed = close([&](auto deadline) { return subscription.close(deadline); });
    run.join();
    if (auto failure = subscriber_.failure()) return console_.fail(*failure);
    if (why == Vigil::Why::ended && !*run.ended()) return console_.fail(run.ended()->error());
    if (!closed) return console_.fail(closed.error());
    if (why != Vigil::Why::timeout || subscriber_.settled() >= flags_.options.limit) return done;
    console_.fail({.code = Errc::timed_out,
                   .message = "--timeout " + format_duration(*flags_.limits.timeout) + " passed after " +
                              std::to_string(subscriber_.settled()) + " of " + std::to_string(flags_.options.limit) +
                              " messages"});
    return partly;
  }

  // What was done is acked first; what was not is given back at once instead of being waited for.
  ExitCode give_up(Subscription& subscription) {
    subscription.pause();
    const auto wait_quiet = [&](std::chrono::milliseconds patience) {
      using Clock = std::chrono::steady_clock;
      for (const auto until = Clock::now() + patience; !subscriber_.quiet() && Clock::now() < until;)
        std::this_thread::sleep_for(1ms);
    };
    wait_quiet(deadline_);
    if (handlers_) {
      handlers_->stop();
      wait_quiet(ExecHandler::grace + 1s);
    }
    (void)subscription.close(0ms);
    return console_.fail(*subscriber_.failure());
  }

  [[nodiscard]] Work work() {
    if (handlers_) return [this](const Context& context) { return handlers_->run(context); };
    return printing(console_, flags_.raw        ? DeliveryForm::raw
                              : console_.json() ? DeliveryForm::json
                                                : DeliveryForm::text);
  }

  Console& console_;
  const SubscribeFlags& flags_;
  const std::chrono::milliseconds deadline_;
  StopSignals signals_;
  WakeUp wake_up_;
  const std::unique_ptr<ExecHandler> handlers_;
  Subscriber subscriber_{console_, work(), wake_up_};
};

ExitCode subscribe(Console& console, const Globals& globals, SubscribeFlags& flags) {
  const auto refuse = [&](std::string why, std::string hint = {}) {
    return console.fail({.code = Errc::invalid_argument, .message = std::move(why), .hint = std::move(hint)});
  };
  if (flags.raw && globals.json) return refuse("--raw and --json exclude each other");
  if (flags.exec && flags.raw) return refuse("--exec and --raw exclude each other", "with --exec nothing is printed");
  if (flags.exec && flags.exec->find_first_not_of(" \t\n") == std::string::npos)
    return refuse("--exec: the command is empty", "an empty command would ack every message");
  flags.options.lease = flags.lease.value_or(0ms);
  flags.options.handler_timeout = flags.handler_timeout.value_or(0ms);
  // The message goes back when its process is gone, not while it is still being ended.
  if (flags.exec && flags.handler_timeout) flags.options.handler_timeout += ExecHandler::grace + 1s;
  return Run(console, flags)(globals);
}

void add_flags(CLI::App& command, SubscribeFlags& flags) {
  auto& options = flags.options;
  command.add_option("EVENT", flags.event, "brokerTag:topicTag")->required();
  command
      .add_option("-g,--group", options.group, "Members of a group share its messages; else the broker's, else default")
      ->type_name("NAME");
  add_mode(command, options.mode, true);
  add_start(command, "--from", options.from, "Where a new group starts: latest, earliest or a time")
      ->capture_default_str();
  const auto positive = [](CLI::Option* option, std::uint64_t most) {
    option->type_name("N")->check(CLI::Range(std::uint64_t{1}, most).description(""));
  };
  positive(command.add_option("-n,--count", options.limit, "Stop after so many, and never take more"), 1ull << 40);
  add_duration(command, "--timeout", flags.limits.timeout, "Stop after so long; status 3 if that is before --count");
  add_duration(command, "--idle", flags.limits.idle, "Stop after so long without a message");
  positive(
      command.add_option("--concurrency", options.concurrency, "Messages under way at once; else the number of cores"),
      1ull << 20);
  add_retry(command, options.retry);
  add_period(command, "--lease", flags.lease, "How long a message is ours before it must be renewed");
  add_period(command, "--handler-timeout", flags.handler_timeout, "A handler that runs longer failed; else none");
  add_duration(command, "--close-deadline", flags.close_deadline,
               "How long running ones may take at the end; else 30s");
  command.add_flag("--raw", flags.raw, "Print bodies only, byte for byte, each with a line end");
  command
      .add_option("--exec", flags.exec,
                  "Run this for each message instead, its body on standard input, DUCTAPE_ID, _KEY, _EVENT, _GROUP, "
                  "_ATTEMPT, _DELIVERIES in the environment: exit 0 acks, 65 dead-letters, all else tries again")
      ->type_name("CMD");
}

}  // namespace

void add_subscribe(CLI::App& root, Invocation& invocation) {
  auto* command = add_command(root, "subscribe", "Receive messages: each is printed, then acked",
                              "  ductape subscribe events:hello --from earliest --count 1\n"
                              "  ductape subscribe orders:new-orders --group billing --json --idle 5s\n"
                              "  ductape subscribe orders:new-orders --mode broadcast --raw\n"
                              "  ductape subscribe orders:new-orders --group billing --exec './charge.sh' "
                              "--max-attempts 3 --backoff 1s..1m");
  auto flags = std::make_shared<SubscribeFlags>();
  add_flags(*command, *flags);
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, flags](Console& console) { return subscribe(console, globals, *flags); });
}

}  // namespace ductape::cli
