// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ductape::inline v0::driver {

/// A broker's `config` object, flat: "sasl.username" → its text. A list is joined by commas.
using Config = std::map<std::string, std::string, std::less<>>;

enum class FieldType : std::uint8_t {
  text,
  secret,    ///< a text that is never shown
  list,      ///< of texts; one text with commas is the same
  boolean,   ///< true or false
  number,    ///< a whole number
  duration,  ///< `500ms`, `5s`, `2m`; a bare number is milliseconds
  native,    ///< an object whose keys go verbatim to the library of the technology
};

/// Whether a field names where messages go, so that a topic may have its own.
enum class Destination : std::uint8_t {
  none,
  shared,  ///< several topics may have the same: an exchange, a stream with many subjects
  within,  ///< of one topic only among those that have the same `shared` ones: a routing key
  own,     ///< of one topic only: a queue
};

/// What a text may be made of. Nothing but a secret may have control characters.
struct Letters {
  std::string_view only = {};   ///< these and ranges of them: "A-Za-z0-9._-"; empty: all but `never`
  std::string_view never = {};  ///< these not
  std::size_t longest = 0;      ///< in bytes; 0: no limit
};
inline constexpr std::string_view printable = "!-~";  ///< ASCII that is seen

/// What a number may be.
struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};
inline constexpr Range ports{.least = 1, .most = 65'535};

/// One key of a broker's `config`.
struct Field {
  std::string_view name = {};  ///< dotted for nested objects: "sasl.username"
  std::string_view help = {};
  bool required = false;
  bool secret = false;
  FieldType type = FieldType::text;
  std::string by_default = {};
  std::vector<std::string_view> also = {};     ///< other spellings; snake_case is one without being named
  std::vector<std::string_view> choices = {};  ///< if only these are allowed
  Destination destination = Destination::none;
  std::string_view alike = {};   ///< of a destination: characters that the technology takes for the same
  Letters letters = {};          ///< of a text and of each text of a list
  Range range = {};              ///< of a number
  std::string_view unless = {};  ///< the field that says the same: this one is not required with it, nor allowed
  std::vector<std::string_view> schemes = {};  ///< of a URL: what it begins with, e.g. "redis://"
  /// A `connection_url` beside a config is this field, without that scheme if it has it.
  std::optional<std::string_view> connection_url = {};
};

/// "text", "list", ... as help and documents say it.
[[nodiscard]] std::string_view name_of(FieldType type) noexcept;

/// Whether a key of a config is this field's: its name, one of its other spellings, the name in snake_case, or below it
/// if it is `native`.
[[nodiscard]] bool is_key_of(const Field& field, std::string_view key);

/// "a whole number", "one of stream, pubsub", ...: what a value must be.
[[nodiscard]] std::string expected(const Field& field);

/// What is wrong with a value for this field, or nothing if it can be read. Any text does for a secret, so that none is
/// ever repeated.
[[nodiscard]] std::optional<std::string> why_not(const Field& field, std::string_view value);

}  // namespace ductape::inline v0::driver
