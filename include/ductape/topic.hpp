// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include <ductape/dead_letters.hpp>
#include <ductape/future.hpp>
#include <ductape/publish.hpp>
#include <ductape/subscribe.hpp>

namespace ductape::inline v0 {

namespace detail {
class ClientCore;
class TopicCore;
using DeliveryHandler = std::function<void(Delivery)>;

/// Runs a handler that returns or throws, and settles for it.
template <class Run>
void settle_by_outcome(Delivery delivery, Run&& run) {
  try {
    run();
  } catch (const Reject& reject) {
    return std::move(delivery).dead_letter(reject.what());
  } catch (const std::exception& failure) {
    return std::move(delivery).retry({}, failure.what());
  } catch (...) {
    return std::move(delivery).retry({}, "an exception that is no std::exception");
  }
  std::move(delivery).ack();
}

/// Turns what a user may pass (a handler of a Message, of Message and Context, or of a Delivery) into the one form.
template <class Handler>
DeliveryHandler delivery_handler(Handler handler) {
  if constexpr (std::is_invocable_v<Handler&, Delivery>) {
    return handler;
  } else if constexpr (std::is_invocable_v<Handler&, const Message&, const Context&>) {
    return [handler = std::move(handler)](Delivery delivery) mutable {
      const Context context = delivery.context();
      settle_by_outcome(std::move(delivery), [&] { handler(context.message(), context); });
    };
  } else {
    static_assert(std::is_invocable_v<Handler&, const Message&>,
                  "a handler takes a Message, a Message and a Context, or a Delivery");
    return [handler = std::move(handler)](Delivery delivery) mutable {
      const Message message = delivery.message();
      settle_by_outcome(std::move(delivery), [&] { handler(message); });
    };
  }
}
}  // namespace detail

/// One message of a batch.
struct BatchItem {
  std::string message = {};
  PublishOptions options = {};
};

/// A topic in one environment, looked up once. A cheap handle; thread-safe; valid while its client is. It follows
/// changes of the registry.
class Topic {
 public:
  explicit Topic(std::shared_ptr<detail::TopicCore> core) : core_(std::move(core)) {}

  [[nodiscard]] std::string_view event() const noexcept;

  /// What the group gave up on.
  [[nodiscard]] DeadLetters dead_letters(std::string group) const { return {core_, std::move(group)}; }

  /// See `Client::publish`.
  Future<Receipt> publish(std::string message, PublishOptions options = {});
  void publish(std::string message, PublishOptions options, PublishCompletion completion);
  /// One result per message, in their order. The messages travel together and in order.
  Future<std::vector<Result<Receipt>>> publish_batch(std::vector<BatchItem> messages);

  /// See `Client::subscribe`.
  template <class Handler>
  Result<Subscription> subscribe(SubscribeOptions options, Handler handler) {
    return subscribe_deliveries(std::move(options), detail::delivery_handler(std::move(handler)));
  }
  /// Pull form: use `Subscription::receive`.
  Result<Subscription> subscribe(SubscribeOptions options) { return subscribe_deliveries(std::move(options), nullptr); }

 private:
  Result<Subscription> subscribe_deliveries(SubscribeOptions options, detail::DeliveryHandler handler);
  std::shared_ptr<detail::TopicCore> core_;
};

/// How values of T become bytes; <ductape/serializers/json.hpp> gives it for every T that nlohmann::json converts. Has
/// `static Result<std::string> encode(const T&)`, `static Result<T> decode(std::string_view)` and `content_type`.
template <class T>
struct Serializer;

/// A topic whose messages are values of T. A message that cannot be read as one is dead-lettered as `undecodable`; the
/// others go on.
template <class T, class Format = Serializer<T>>
class TypedTopic {
 public:
  explicit TypedTopic(Topic topic) : topic_(std::move(topic)) {}

  /// The topic as bytes.
  [[nodiscard]] Topic& bytes() noexcept { return topic_; }
  [[nodiscard]] DeadLetters dead_letters(std::string group) const { return topic_.dead_letters(std::move(group)); }

  /// See `Client::publish`. A value that cannot be encoded is `invalid_argument`.
  Future<Receipt> publish(const T& value, PublishOptions options = {}) {
    auto body = Format::encode(value);
    if (!body) return detail_failed(std::move(body).error());
    options.content_type = Format::content_type;
    return topic_.publish(std::move(*body), std::move(options));
  }

  /// `handler` takes a `const T&`, and a `const Context&` if it wants one. Return = ack; throw = try again, then dead
  /// letter; `throw Reject(...)` = dead letter now.
  template <class Handler>
  Result<Subscription> subscribe(SubscribeOptions options, Handler handler) {
    return topic_.subscribe(std::move(options), [handler = std::move(handler)](Delivery delivery) mutable {
      auto value = Format::decode(delivery.message().text());
      if (!value) return std::move(delivery).undecodable(value.error().message);
      const Context context = delivery.context();
      detail::settle_by_outcome(std::move(delivery), [&] {
        if constexpr (std::is_invocable_v<Handler&, const T&, const Context&>)
          handler(*value, context);
        else
          handler(*value);
      });
    });
  }

 private:
  static Future<Receipt> detail_failed(Error error) {
    struct Inline final : detail::Executor {
      void post(std::function<void()> task) override { task(); }
    } here;
    auto state = std::make_shared<detail::FutureState<Receipt>>();
    state->set(std::move(error), here);
    return Future<Receipt>(std::move(state));
  }
  Topic topic_;
};

}  // namespace ductape::inline v0
