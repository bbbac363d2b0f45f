// SPDX-License-Identifier: Apache-2.0
#include "src/model/references.h"

#include <algorithm>
#include <cctype>

#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {
namespace {

constexpr std::string_view secret_opening = "$Secret{";
constexpr std::string_view variable_opening = "${";
constexpr std::size_t longest_name = 255;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_secret_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && is_word(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::ranges::all_of(name, is_word);
}

// The part between `://` and `@` of each URL.
std::vector<Place> user_infos(std::string_view text) {
  std::vector<Place> found;
  for (auto colon = text.find("://"); colon != text.npos; colon = text.find("://", colon + 3)) {
    const auto begin = colon + 3;
    const auto authority = text.substr(begin, text.substr(begin).find_first_of("/?#, "));
    if (const auto end = authority.rfind('@'); end != authority.npos && end > 0) found.push_back({begin, end});
  }
  return found;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_word(c) || c == '-' || c == '.' || c == '~')
      out.push_back(c);
    else
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

}  // namespace

Result<std::vector<Reference>> references_in(std::string_view text) {
  std::vector<Reference> found;
  for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
    const auto rest = text.substr(at);
    const bool secret = rest.starts_with(secret_opening);
    if (!secret && !rest.starts_with(variable_opening)) continue;
    const auto opening = secret ? secret_opening.size() : variable_opening.size();
    const auto end = rest.find('}');
    const auto name = rest.substr(opening, end == rest.npos ? 0 : end - opening);
    if (!(secret ? is_secret_name(name) : is_variable_name(name)))
      return Error{
          .code = Errc::invalid_argument,
          .message = std::string("begins like a reference at character ") + std::to_string(at + 1) + ", but is none",
          .hint =
              "$Secret{NAME} or ${VARIABLE}; a value that has these characters itself is kept with "
              "`ductape secret set NAME`"};
    found.push_back({secret ? Reference::Kind::secret : Reference::Kind::variable, name, at, end + 1});
    at += end;
  }
  return found;
}

Result<void> check_secret_name(std::string_view name) {
  if (is_secret_name(name)) return {};
  return Error{.code = Errc::invalid_argument,
               .message = "secret name " + in_quotes(name) + " is not allowed",
               .hint = "1 to 255 letters, digits, '_', '.' or '-', beginning with a letter, a digit or '_'"};
}

std::string secret_reference(std::string_view name) { return std::string(secret_opening).append(name).append("}"); }

Result<std::string> substitute(std::string_view text,
                               const std::function<Result<std::string>(const Reference&)>& value_of) {
  const auto references = references_in(text);
  if (!references) return references.error();
  const auto urls = user_infos(text);
  std::string out;
  std::size_t done = 0;
  for (const auto& reference : *references) {
    auto value = value_of(reference);
    if (!value) return value;
    const bool in_url = std::ranges::any_of(
        urls, [&](const Place& url) { return reference.at >= url.at && reference.at < url.at + url.length; });
    out.append(text.substr(done, reference.at - done)).append(in_url ? percent_encoded(*value) : *value);
    done = reference.at + reference.length;
  }
  return out.append(text.substr(done));
}

std::vector<Place> url_credentials(std::string_view text) {
  std::vector<Place> found;
  for (const auto& user : user_infos(text)) {
    const auto colon = text.substr(user.at, user.length).find(':');
    const auto skipped = colon == text.npos ? 0 : colon + 1;
    if (skipped < user.length) found.push_back({user.at + skipped, user.length - skipped});
  }
  return found;
}

bool has_stray_at(std::string_view text) {
  for (auto colon = text.find("://"); colon != text.npos; colon = text.find("://", colon + 3)) {
    const auto url = text.substr(colon + 3, text.substr(colon + 3).find_first_of(", "));
    const auto host_end = url.find_first_of("/?#");
    if (host_end != url.npos && url.find('@', host_end) != url.npos) return true;
  }
  return false;
}

}  // namespace ductape::inline v0::model
