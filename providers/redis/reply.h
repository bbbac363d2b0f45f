// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace ductape::inline v0::redis {

/// A reply of the server, or a part of one: a view. Parts that are not there read as nil.
class ReplyView {
 public:
  ReplyView() = default;
  explicit ReplyView(const redisReply* reply) : reply_(reply) {}

  [[nodiscard]] bool is_nil() const { return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL; }
  [[nodiscard]] bool is_error() const { return reply_ != nullptr && reply_->type == REDIS_REPLY_ERROR; }
  [[nodiscard]] bool is_list() const { return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY; }
  /// Of a text, a status or an error; else empty.
  [[nodiscard]] std::string_view text() const {
    return reply_ != nullptr && reply_->str != nullptr ? std::string_view(reply_->str, reply_->len)
                                                       : std::string_view();
  }
  /// Of a number, or of a text that is one; else 0.
  [[nodiscard]] std::int64_t number() const {
    if (reply_ != nullptr && reply_->type == REDIS_REPLY_INTEGER) return reply_->integer;
    std::int64_t value = 0;
    const auto digits = text();
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  [[nodiscard]] std::size_t size() const { return is_list() ? reply_->elements : 0; }
  [[nodiscard]] ReplyView operator[](std::size_t i) const {
    return i < size() ? ReplyView(reply_->element[i]) : ReplyView();
  }
  /// In a list of names and values, as XINFO gives them.
  [[nodiscard]] ReplyView value_of(std::string_view name) const {
    for (std::size_t i = 0; i + 1 < size(); i += 2)
      if ((*this)[i].text() == name) return (*this)[i + 1];
    return {};
  }

 private:
  const redisReply* reply_ = nullptr;
};

using Reply = std::shared_ptr<const redisReply>;

}  // namespace ductape::inline v0::redis
