// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace ductape::inline v0 {

/// A header as a caller gives it.
struct HeaderValue {
  std::string name = {}, value = {};
};
using Headers = std::vector<HeaderValue>;

/// A name and a value as views: who hands it over says how long they live.
struct HeaderView {
  std::string_view name = {}, value = {};
};

namespace detail {

/// What a delivery is made of; immutable once handed out.
struct MessageData {
  // The first four and `stop` belong to the subscription, which the object derived from this keeps alive.
  std::string_view event = {}, product = {}, env = {}, group = {};
  std::string_view id = {}, key = {}, native_id = {};
  std::span<const std::byte> body = {};
  std::span<const HeaderView> attributes = {}, headers = {};
  std::optional<std::chrono::system_clock::time_point> published = {};
  std::optional<std::uint32_t> deliveries = {};
  std::uint32_t attempt = 1;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  const std::stop_source* stop = nullptr;
  std::shared_ptr<const void> bytes = {};  // keeps the views into the provider's buffer alive
};

}  // namespace detail

/// A message as it arrived. A cheap handle: copies share the bytes, which live as long as the last of them.
/// Thread-safe, as nothing in it changes. All views it returns live as long as the handle.
class Message {
 public:
  explicit Message(std::shared_ptr<const detail::MessageData> data) : data_(std::move(data)) {}

  [[nodiscard]] std::string_view id() const noexcept { return data_->id; }
  /// `brokerTag:topicTag`.
  [[nodiscard]] std::string_view event() const noexcept { return data_->event; }
  [[nodiscard]] std::string_view product() const noexcept { return data_->product; }
  [[nodiscard]] std::string_view env() const noexcept { return data_->env; }
  /// The ordering key; empty if there is none.
  [[nodiscard]] std::string_view key() const noexcept { return data_->key; }
  [[nodiscard]] std::span<const std::byte> body() const noexcept { return data_->body; }
  /// The body as characters, byte for byte.
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data_->body.data()), data_->body.size()};
  }
  /// E.g. "application/json"; empty if the publisher did not say.
  [[nodiscard]] std::string_view content_type() const noexcept { return attribute("datacontenttype").value_or(""); }
  /// When it was published, if that is known.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> time() const noexcept { return data_->published; }
  /// A header of the publisher's, or nothing. Names are compared byte for byte.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
    return find(data_->headers, name);
  }
  /// All headers of the publisher's, as name and value, in the order in which they were given.
  [[nodiscard]] std::span<const HeaderView> headers() const noexcept { return data_->headers; }
  /// A CloudEvents attribute other than id: "source", "type", "traceparent", ...
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const noexcept {
    return find(data_->attributes, name);
  }

 private:
  friend class Context;
  static std::optional<std::string_view> find(std::span<const HeaderView> in, std::string_view name) noexcept {
    for (const auto& entry : in)
      if (entry.name == name) return entry.value;
    return std::nullopt;
  }
  std::shared_ptr<const detail::MessageData> data_;
};

/// What is known about this delivery of a message, beside the message. As cheap to copy and as thread-safe.
class Context {
 public:
  explicit Context(Message message) : message_(std::move(message)) {}

  [[nodiscard]] const Message& message() const noexcept { return message_; }
  [[nodiscard]] std::string_view id() const noexcept { return message_.id(); }
  [[nodiscard]] std::string_view group() const noexcept { return message_.data_->group; }
  /// Handler runs that ended badly, plus one: 1 on the first try.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return message_.data_->attempt; }
  /// How often the provider handed it out, this time included; empty where the provider does not count.
  [[nodiscard]] std::optional<std::uint32_t> deliveries() const noexcept { return message_.data_->deliveries; }
  /// When this attempt counts as failed (`handler_timeout`); `time_point::max()` if never.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept { return message_.data_->deadline; }
  /// Asks the handler to end: its deadline passed or the subscription closes.
  [[nodiscard]] std::stop_token stop_token() const noexcept {
    return message_.data_->stop ? message_.data_->stop->get_token() : std::stop_token();
  }
  /// The W3C trace context that came with the message, from a native client as a header; empty if none did.
  [[nodiscard]] std::string_view traceparent() const noexcept {
    constexpr std::string_view name = "traceparent";
    return message_.attribute(name).value_or(message_.header(name).value_or(""));
  }
  [[nodiscard]] std::span<const HeaderView> headers() const noexcept { return message_.headers(); }

 private:
  Message message_;
};

}  // namespace ductape::inline v0
