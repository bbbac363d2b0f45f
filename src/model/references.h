// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// `$Secret{NAME}` or `${NAME}` in a text of a broker's config.
struct Reference {
  enum class Kind : std::uint8_t { secret, variable } kind = Kind::secret;
  std::string_view name = {};
  std::size_t at = 0, length = 0;  ///< where it stands in the text
};

/// In their order. Views into `text`. Errors: `invalid_argument` for what begins like a reference and is none; the text
/// is not repeated, as it may be a credential.
Result<std::vector<Reference>> references_in(std::string_view text);

/// `[A-Za-z0-9_][A-Za-z0-9_.-]*`, at most 255 characters. Errors: `invalid_argument`.
Result<void> check_secret_name(std::string_view name);

/// What `$Secret{name}` is written as.
[[nodiscard]] std::string secret_reference(std::string_view name);

/// The text with each reference replaced by what `value_of` gives for it, as it is; between the `://` and the `@` of a
/// URL it is percent-encoded.
Result<std::string> substitute(std::string_view text,
                               const std::function<Result<std::string>(const Reference&)>& value_of);

/// Where in a text the credentials of URLs stand: the password of `scheme://user:password@host`, all of it in
/// `scheme://token@host`. `length` is never 0.
struct Place {
  std::size_t at = 0, length = 0;
};
[[nodiscard]] std::vector<Place> url_credentials(std::string_view text);

/// Whether an `@` stands behind the host of a URL: then its user or password has a character that ends the host, and
/// nobody knows where the credential ends.
[[nodiscard]] bool has_stray_at(std::string_view text);

}  // namespace ductape::inline v0::model
