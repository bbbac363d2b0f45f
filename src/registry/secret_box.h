// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::registry {

/// Seals values with AES-256-GCM. Immutable, thread-safe; the key is wiped with the object.
class SecretBox {
 public:
  using Key = std::array<unsigned char, 32>;

  explicit SecretBox(const Key& key) : key_(key) {}
  ~SecretBox();
  SecretBox(const SecretBox&) = delete;
  SecretBox& operator=(const SecretBox&) = delete;

  /// Hexadecimal text, different each time. It opens at the same `place` only, so that nobody can exchange two records.
  [[nodiscard]] Result<std::string> seal(std::string_view value, std::string_view place) const;
  /// Nothing if it was sealed with another key, at another place, or is damaged.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

  /// Of the system's random bytes.
  static Result<Key> make_key();
  /// 64 hexadecimal digits; blanks around them do not count.
  static std::optional<Key> parse_key(std::string_view text);
  static std::string text_of(const Key& key);

 private:
  Key key_;
};

}  // namespace ductape::inline v0::registry
