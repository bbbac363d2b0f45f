// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forward_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ductape/driver/consumer.hpp>

#include "providers/rabbitmq/frames.h"

namespace ductape::inline v0::rabbitmq {

/// Writes what a message says of itself: CloudEvents attributes as headers `ce-*`, content type, message id and
/// timestamp as AMQP's own properties, then the user's headers. One that the server would act on goes as `%<name>`.
/// Errors: `message_too_large` if they do not fit a frame.
Result<void> write_properties(const driver::Record& record, driver::WallTime now, std::uint32_t frame_max,
                              std::string& out);

/// A message as it came. The views are into it, so that it does not move.
class Content {
 public:
  /// Headers of ours, of another CloudEvents client (`cloudEvents:*`, `cloudEvents_*`) or of none.
  Content(const amqp_basic_properties_t& properties, std::string_view raw, std::uint64_t body_size);
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  void add_body(std::string_view part) { body_ += part; }
  [[nodiscard]] bool is_whole() const { return body_.size() >= body_size_; }
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] std::string_view id() const { return id_; }
  [[nodiscard]] std::optional<std::uint32_t> delivery_count() const { return delivery_count_; }
  /// Without tag, deliveries and lease.
  [[nodiscard]] static driver::Delivered delivered(const std::shared_ptr<const Content>& content);

 private:
  void read_header(std::string_view name, const amqp_field_value_t& value);
  [[nodiscard]] std::string_view here(const amqp_bytes_t& bytes) const;
  std::optional<std::string_view> text_of(const amqp_field_value_t& value);

  const std::string raw_;
  const char* const raw_begin_;  // what the decoded properties point into
  const std::uint64_t body_size_;
  std::string body_;
  std::string_view id_, key_;
  std::vector<driver::Header> attributes_, headers_;
  std::forward_list<std::string> made_;
  std::optional<std::uint32_t> delivery_count_;
  std::optional<driver::WallTime> published_;
};

}  // namespace ductape::inline v0::rabbitmq
