// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/describe.hpp>

#include <algorithm>
#include <charconv>

namespace ductape::inline v0::driver {
namespace {

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

}  // namespace

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
