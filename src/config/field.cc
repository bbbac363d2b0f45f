// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/describe.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "src/model/in_quotes.h"

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

std::string listed(const auto& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

// "A-Za-z0-9._-": a minus between two others makes a range of them.
bool is_one_of(char c, std::string_view letters) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const bool range = i + 2 < letters.size() && letters[i + 1] == '-';
    if (range ? c >= letters[i] && c <= letters[i + 2] : c == letters[i]) return true;
    if (range) i += 2;
  }
  return false;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool fits(const Letters& letters, std::string_view text) {
  if (letters.longest != 0 && text.size() > letters.longest) return false;
  return std::ranges::none_of(text, [&](char c) {
    return is_control(c) || letters.never.find(c) != letters.never.npos ||
           (!letters.only.empty() && !is_one_of(c, letters.only));
  });
}

template <class Value>
std::optional<Value> read_as(std::string_view text) {
  Value value{};
  if (!detail::read(text, value)) return std::nullopt;
  return value;
}

bool fits_text(const Field& field, std::string_view text) {
  if (text.empty()) return !field.required;
  const auto begins = [&](std::string_view scheme) { return text.starts_with(scheme); };
  return fits(field.letters, text) && (field.schemes.empty() || std::ranges::any_of(field.schemes, begins));
}
bool fits_list(const Field& field, std::string_view text) {
  const auto list = read_as<std::vector<std::string>>(text);
  return list && std::ranges::all_of(*list, [&](const auto& one) { return fits(field.letters, one); });
}
bool fits_number(const Field& field, std::string_view text) {
  const auto number = read_as<std::int64_t>(text);
  return number && *number >= field.range.least && *number <= field.range.most;
}
template <class Value>
bool fits_as(const Field&, std::string_view text) {
  return read_as<Value>(text).has_value();
}
bool fits_always(const Field&, std::string_view) { return true; }

/// What is known of a type of field, in the order of FieldType.
struct Type {
  std::string_view name, expected;
  bool (*fits)(const Field& field, std::string_view text);
};
constexpr std::array<Type, 7> types{{
    {"text", "a text", fits_text},
    {"secret", "a text", fits_always},
    {"list", "at least one text", fits_list},
    {"boolean", "true or false", fits_as<bool>},
    {"number", "a whole number", fits_number},
    {"duration", "a duration such as 500ms or 5s, or a number of milliseconds", fits_as<std::chrono::milliseconds>},
    {"object", "an object", fits_always},
}};
static_assert(types.size() == static_cast<std::size_t>(FieldType::native) + 1);

const Type& of(FieldType type) { return types[static_cast<std::size_t>(type)]; }

std::string spelled(const Letters& letters) {
  std::string out;
  if (letters.longest != 0) out += ", up to " + std::to_string(letters.longest) + " bytes";
  if (letters.only == printable)
    out += ", of printable ASCII without spaces";
  else if (!letters.only.empty())
    out += ", of " + std::string(letters.only);
  if (letters.never.empty()) return out;
  out += ", without ";
  for (const char c : letters.never)
    if (c != ' ') out.append(1, c).append(1, ' ');
  if (letters.never.find(' ') != letters.never.npos) return out + (letters.never == " " ? "spaces" : "or spaces");
  out.pop_back();
  return out;
}

std::string spelled(const Range& range) {
  const bool bounded = range.most != Range{}.most;
  if (range.least == Range{}.least && !bounded) return {};
  return bounded ? " from " + std::to_string(range.least) + " to " + std::to_string(range.most)
                 : " of " + std::to_string(range.least) + " or more";
}

}  // namespace

std::string_view name_of(FieldType type) noexcept { return of(type).name; }

bool is_key_of(const Field& field, std::string_view key) {
  if (field.type == FieldType::native) return key.starts_with(std::string(field.name) + ".");
  return key == field.name || std::ranges::find(field.also, key) != field.also.end() || key == snake_case(field.name);
}

std::string expected(const Field& field) {
  if (!field.choices.empty()) return "one of " + listed(field.choices);
  std::string out(of(field.type).expected);
  if (!field.schemes.empty()) out += " that begins with " + listed(field.schemes);
  return out + (field.type == FieldType::number ? spelled(field.range) : spelled(field.letters));
}

std::optional<std::string> why_not(const Field& field, std::string_view value) {
  const bool fits = field.choices.empty() ? of(field.type).fits(field, value)
                                          : std::ranges::find(field.choices, value) != field.choices.end();
  if (fits) return std::nullopt;
  auto text = "expected " + expected(field);
  if (std::ranges::any_of(value, is_control)) text += " without control characters";
  // A URL may have a password before its host.
  return value.find('@') == value.npos ? text + ", found " + model::in_quotes(value) : text + ", found another";
}

}  // namespace ductape::inline v0::driver
