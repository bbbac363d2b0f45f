// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/doctor.hpp>
#include <ductape/groups.hpp>
#include <ductape/health.hpp>
#include <ductape/log.hpp>
#include <ductape/metrics.hpp>
#include <ductape/notice.hpp>
#include <ductape/registry.hpp>
#include <ductape/topic.hpp>
#include <ductape/tracer.hpp>

namespace ductape::inline v0 {

/// What a topic and its groups are called at its provider, by that technology's own words: `stream`, `exchange`.
struct NativeNames {
  using Names = std::vector<std::pair<std::string, std::string>>;
  struct Group {
    std::string name = {};
    Names names = {};
    std::string retry = {}, dead_letter = {};
  };
  std::string provider = {};
  Names topic = {};
  std::vector<Group> groups = {};
};

/// How to open a client; every field has a default.
struct ClientOptions {
  std::string product = {};  ///< default of every call; empty: `DUCTAPE_PRODUCT`, else the store's `config.yaml`
  std::string env = {};      ///< default of every call; empty: `DUCTAPE_ENV`, else `config.yaml`, else "dev"
  std::string service = {};  ///< the default group of this program's subscriptions
  std::string store = {};    ///< see `Registry::open`
  /// Bounds on what is published and not yet confirmed, for each broker; see `PublishOptions::on_full`.
  std::uint32_t publish_window = 8192;
  std::uint64_t publish_window_bytes = 64ull << 20;
  /// Called with what happens beside the calls: see `Notice`. From the client's workers, or from the thread that
  /// publishes; must not block.
  std::function<void(const Notice&)> on_notice = {};
  /// What the client decides or finds out, at this level and above, goes to `log`; empty: to standard error, a line
  /// each.
  LogLevel log_level = LogLevel::warn;
  LogSink log = {};
  /// Called with the client's measurements once in `metrics_interval` and, a last time, when it closes.
  MetricSink on_metrics = {};
  std::chrono::milliseconds metrics_interval{15'000};
  /// Carries trace contexts into messages and out of them.
  std::shared_ptr<Tracer> tracer = {};
};

/// The way in: publishes and subscribes, whatever the provider. Move-only handle; thread-safe. Owns the threads on
/// which handlers and completions run; everything made from it is valid while it lives.
///
///     auto client = ductape::Client::open({.product = "shop", .env = "dev"}).value();
///     auto receipt = client.publish({.event = "orders:new-orders", .message =
///     R"({"orderId":"12345"})"}).get().value();
class Client {
 public:
  /// Opens the store; connects to no broker. Errors: those of `Registry::open`.
  static Result<Client> open(ClientOptions options = {});

  explicit Client(std::shared_ptr<detail::ClientCore> core);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  /// Closes, with a deadline of 30 s. Waits for handlers and completions, so not from inside of one.
  ~Client();

  /// Sends one message. The future completes once the provider has accepted it; `Receipt` says how. Never throws and,
  /// unless the window is full, does not block. Errors, all before anything is sent unless said otherwise:
  /// `EVENT_FORMAT_INVALID`, `BROKER_NOT_FOUND`, `BROKER_ENV_NOT_FOUND`, `TOPIC_NOT_FOUND`, `invalid_argument`,
  /// `message_too_large`, `queue_full`, `closed`; `timed_out` if nothing was handed over by the deadline,
  /// `outcome_unknown` if it was and no answer came.
  Future<Receipt> publish(PublishRequest request, PublishOptions options = {});
  /// The same, with a completion instead of a future.
  void publish(PublishRequest request, PublishOptions options, PublishCompletion completion);

  /// A handle that skips the look-up. Errors as for publish.
  Result<Topic> topic(std::string_view event);
  template <class T>
  Result<TypedTopic<T>> topic(std::string_view event) {
    auto found = topic(event);
    if (!found) return std::move(found).error();
    return TypedTopic<T>(std::move(*found));
  }

  /// Blocks until the group exists at the provider, then delivers to `handler` on the client's workers, up to
  /// `concurrency` at a time, never two of one key at once on an ordered topic. `handler` takes a `const Message&`
  /// (return = ack, throw = try again, then dead letter), a `const Message&` and a `const Context&`, or a `Delivery`
  /// that it settles itself, now or later. Errors: `EVENT_FORMAT_INVALID`, `BROKER_NOT_FOUND`, `BROKER_ENV_NOT_FOUND`,
  /// `TOPIC_NOT_FOUND`, `unsupported`, `unavailable`.
  template <class Handler>
  requires(!std::is_same_v<Handler, SubscribeOptions>) Result<Subscription> subscribe(SubscribeRequest request,
                                                                                      Handler handler) {
    return subscribe(std::move(request), {}, std::move(handler));
  }
  template <class Handler>
  Result<Subscription> subscribe(SubscribeRequest request, SubscribeOptions options, Handler handler) {
    return subscribe_deliveries(std::move(request), std::move(options), detail::delivery_handler(std::move(handler)));
  }
  /// Pull form: use `Subscription::receive`.
  Result<Subscription> subscribe(SubscribeRequest request, SubscribeOptions options) {
    return subscribe_deliveries(std::move(request), std::move(options), nullptr);
  }

  /// The physical names of a topic and its groups in an env (empty: the client's). Pure: asks no server.
  Result<NativeNames> native_names(std::string_view event, std::string_view env = {});

  /// How the brokers that this client uses and its subscriptions are. With `probe`, each broker is asked now (at most
  /// that long); without, it is what is known.
  [[nodiscard]] Health health(std::chrono::milliseconds probe = std::chrono::milliseconds(0));
  /// Looks at the store, the secrets, the brokers of the client's product in its env (each is asked, at most that long,
  /// all at once) and their groups, and says what is wrong and the knob to turn.
  [[nodiscard]] std::vector<Finding> diagnose(std::chrono::milliseconds patience = std::chrono::seconds(8));
  [[nodiscard]] Groups groups();
  [[nodiscard]] Registry registry() const;
  [[nodiscard]] const ClientOptions& options() const noexcept;  ///< with the defaults filled in

  /// Blocks until SIGINT or SIGTERM, or until every subscription ended; then closes. Call it from one thread of the
  /// program only: while it runs it owns the two signals. Returns a process's exit code: 0 after a clean drain, 1 if
  /// something was still under way or a subscription failed.
  int run_until_signal(std::chrono::milliseconds close_deadline = std::chrono::seconds(30));

  /// Takes nothing new, lets publishes and handlers finish until the deadline, gives the rest back. Idempotent.
  /// `timed_out` if something was still under way.
  Result<void> close(std::chrono::milliseconds deadline = std::chrono::seconds(30));

 private:
  Result<Subscription> subscribe_deliveries(SubscribeRequest request, SubscribeOptions options,
                                            detail::DeliveryHandler handler);
  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace ductape::inline v0
