// SPDX-License-Identifier: Apache-2.0
#include "src/model/event.h"

#include <optional>
#include <string>

#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {
namespace {

constexpr std::size_t longest = 64;
constexpr auto tag_hint = "1 to 64 lower-case letters and digits, with single '-' or '_' between them";
constexpr auto event_hint =
    "an event is written brokerTag:topicTag; each tag is 1 to 64 lower-case letters and digits, "
    "with single '-' or '_' between them";
constexpr auto group_hint = "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit";

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool joins(char c) { return c == '-' || c == '_'; }

std::string place(char c, std::size_t position) {
  return "character " + in_quotes({&c, 1}) + " at position " + std::to_string(position + 1);
}

std::string too_long(std::size_t size) {
  return "has " + std::to_string(size) + " characters, " + std::to_string(longest) + " are allowed";
}

// What is wrong with a tag that stands at `offset` of a longer text; nothing if it is one.
std::optional<std::string> flaw(std::string_view tag, std::size_t offset) {
  if (tag.empty()) return "is empty";
  bool after_separator = true;
  for (std::size_t i = 0; i < tag.size(); ++i) {
    const char c = tag[i];
    if (!is_lower(c) && !is_digit(c) && !joins(c)) return place(c, i + offset) + " is not allowed";
    if (joins(c) && (after_separator || i + 1 == tag.size()))
      return place(c, i + offset) + " must stand between letters or digits";
    after_separator = joins(c);
  }
  if (tag.size() > longest) return too_long(tag.size());
  return std::nullopt;
}

Error refused(std::string message, const char* hint) {
  return {.code = Errc::invalid_argument,
          .message = std::move(message),
          .hint = hint,
          .documented = "EVENT_FORMAT_INVALID"};
}

}  // namespace

Result<EventId> parse_event(std::string_view event) {
  const std::string named = "event " + in_quotes(event) + ": ";
  if (event.empty()) return refused(named + "is empty", event_hint);
  const auto colon = event.find(':');
  const EventId id{event.substr(0, colon), colon == event.npos ? std::string_view{} : event.substr(colon + 1)};
  if (auto wrong = flaw(id.broker, 0)) return refused(named + "the broker tag " + *wrong, event_hint);
  if (colon == event.npos) return refused(named + "no ':' between broker tag and topic tag", event_hint);
  if (auto wrong = flaw(id.topic, colon + 1)) return refused(named + "the topic tag " + *wrong, event_hint);
  return id;
}

Result<void> check_tag(std::string_view what, std::string_view tag) {
  auto wrong = flaw(tag, 0);
  if (!wrong) return {};
  return refused(std::string(what) + ' ' + in_quotes(tag) + ": " + *wrong, tag_hint);
}

Result<void> check_group_name(std::string_view name) {
  std::string wrong;
  if (name.empty()) wrong = "is empty";
  if (name.size() > longest) wrong = too_long(name.size());
  for (std::size_t i = 0; i < name.size() && wrong.empty(); ++i) {
    const char c = name[i];
    const bool alphanumeric = is_lower(c) || is_upper(c) || is_digit(c);
    if (!alphanumeric && (i == 0 || (c != '.' && !joins(c))))
      wrong = place(c, i) + (i == 0 ? " is not allowed at the beginning" : " is not allowed");
  }
  if (wrong.empty()) return {};
  return Error{
      .code = Errc::invalid_argument, .message = "group name " + in_quotes(name) + ": " + wrong, .hint = group_hint};
}

}  // namespace ductape::inline v0::model
