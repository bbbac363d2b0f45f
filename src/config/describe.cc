// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/describe.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace ductape::inline v0::driver {
namespace {

std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper) out.push_back('_');
    out.push_back(upper ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c);
  }
  return out;
}

std::string joined(const auto& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <class Value>
bool reads_as(std::string_view text) {
  Value value{};
  return detail::read(text, value);
}

bool any_text(std::string_view) { return true; }

/// What is known of a type of field, in the order of FieldType.
struct Type {
  std::string_view name, expected;
  bool (*fits)(std::string_view text);
};
constexpr std::array<Type, 7> types{{
    {"text", "a text", any_text},
    {"secret", "a text", any_text},
    {"list", "at least one text", reads_as<std::vector<std::string>>},
    {"boolean", "true or false", reads_as<bool>},
    {"number", "a whole number", reads_as<std::int64_t>},
    {"duration", "a duration such as 500ms or 5s, or a number of milliseconds", reads_as<std::chrono::milliseconds>},
    {"object", "a text", any_text},
}};
static_assert(types.size() == static_cast<std::size_t>(FieldType::native) + 1);

const Type& of(FieldType type) { return types[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view name_of(FieldType type) noexcept { return of(type).name; }

bool is_key_of(const Field& field, std::string_view key) {
  if (field.type == FieldType::native) return key.starts_with(std::string(field.name) + ".");
  return key == field.name || std::ranges::find(field.also, key) != field.also.end() || key == snake_case(field.name);
}

std::string expected(const Field& field) {
  return field.choices.empty() ? std::string(of(field.type).expected) : "one of " + joined(field.choices);
}

std::optional<std::string> why_not(const Field& field, std::string_view value) {
  const bool fits = field.choices.empty() ? of(field.type).fits(value)
                                          : std::ranges::find(field.choices, value) != field.choices.end();
  if (fits) return std::nullopt;
  return "expected " + expected(field) + ", found \"" + std::string(value) + "\"";
}

namespace detail {

std::string written(const std::vector<std::string>& value) { return joined(value); }

bool read(std::string_view text, std::string& into) {
  into = text;
  return true;
}
bool read(std::string_view text, Secret& into) {
  into = Secret(std::string(text));
  return true;
}
bool read(std::string_view text, std::vector<std::string>& into) {
  into.clear();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto part = trimmed(text.substr(0, comma));
    if (!part.empty()) into.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !into.empty();
}
bool read(std::string_view text, bool& into) {
  into = text == "true";
  return into || text == "false";
}
bool read(std::string_view text, std::int64_t& into) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc() && end == text.data() + text.size();
}
bool read(std::string_view text, std::chrono::milliseconds& into) {
  std::int64_t number = 0;
  if (read(text, number)) {
    into = std::chrono::milliseconds(number);
    return number >= 0;
  }
  const auto duration = parse_duration(text);
  if (duration) into = *duration;
  return duration.ok();
}

const std::string* Reader::find(const Config& config, const Field& field) {
  const auto found = std::ranges::find_if(config, [&](const auto& entry) { return is_key_of(field, entry.first); });
  return found == config.end() ? nullptr : &found->second;
}

void Reader::operator()(Config& member, const Field& field) {
  const auto prefix = std::string(field.name) + ".";
  for (const auto& [key, value] : config_)
    if (key.starts_with(prefix)) member.emplace(key.substr(prefix.size()), value);
}

Error Reader::refused(const Field& field, const std::string& why) {
  return {
      .code = Errc::invalid_argument, .message = std::string(field.name) + ": " + why, .hint = std::string(field.help)};
}

}  // namespace detail
}  // namespace ductape::inline v0::driver
