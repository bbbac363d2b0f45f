// SPDX-License-Identifier: Apache-2.0
#include "src/model/fields.h"

#include <algorithm>
#include <limits>

#include <ductape/units.hpp>

#include "src/model/in_quotes.h"
#include "src/model/nearest.h"

namespace ductape::inline v0::model {
namespace {

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (auto word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

}  // namespace

std::string_view type_name(Json::value_t type) {
  switch (type) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_float:
      return "a number";
    default:
      return "a whole number";
  }
}

Fields::Fields(const Json& object, std::string path, std::optional<Error>& problem)
    : object_(object.is_object() ? object : empty_object()), path_(std::move(path)), problem_(problem) {
  if (!object.is_object()) fail(path_, "expected an object, found " + std::string(type_name(object.type())));
}

const Json* Fields::find(Names names) {
  for (auto name : names)
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  if (problem_) return nullptr;
  const Json* found = nullptr;
  std::string_view as;
  for (auto name : names) {
    const auto entry = object_.find(name);
    if (entry == object_.end()) continue;
    if (found && *found != *entry) {
      fail(path(name), "differs from " + in_quotes(as) + ", which is another spelling of the same");
      return nullptr;
    }
    found = &*entry;
    as = name;
  }
  return found;
}

const Json* Fields::find(Names names, Json::value_t type) {
  const auto* value = find(names);
  if (!value || value->type() == type) return value;
  for (auto name : names)
    if (object_.contains(name))
      fail(path(name), "expected " + std::string(type_name(type)) + ", found " + std::string(type_name(value->type())));
  return nullptr;
}

void Fields::text(Names names, std::string& into) {
  if (const auto* value = find(names, Json::value_t::string)) into = value->get<std::string>();
}

void Fields::optional_text(Names names, std::string& into) {
  if (const auto* value = find(names); value && value->is_null())
    into.clear();
  else
    text(names, into);
}

void Fields::texts(Names names, std::vector<std::string>& into) {
  const auto* value = find(names, Json::value_t::array);
  if (!value) return;
  into.clear();
  for (const auto& text : *value) {
    if (!text.is_string())
      return fail(path(*names.begin()) + "/" + std::to_string(into.size()),
                  "expected a string, found " + std::string(type_name(text.type())));
    into.push_back(text.get<std::string>());
  }
}

void Fields::boolean(Names names, bool& into) {
  if (const auto* value = find(names, Json::value_t::boolean)) into = value->get<bool>();
}

void Fields::count(Names names, std::uint32_t& into) {
  const auto* value = find(names);
  if (!value) return;
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  // YAML gives signed numbers, JSON unsigned ones, for the same text.
  if (value->is_number_integer() && (value->is_number_unsigned() || value->get<std::int64_t>() >= 0) &&
      value->get<std::uint64_t>() <= most)
    into = value->get<std::uint32_t>();
  else
    fail(path(*names.begin()), "expected a whole number from 0 to " + std::to_string(most) + ", found " +
                                   (value->is_number() ? value->dump() : std::string(type_name(value->type()))));
}

void Fields::revision(std::uint64_t& into) {
  const auto* value = find({"revision"});
  if (value && value->is_number_integer() && (value->is_number_unsigned() || value->get<std::int64_t>() >= 0))
    into = value->get<std::uint64_t>();
  else if (value)
    fail(path("revision"), "expected the number that \"show\" printed, found " + std::string(type_name(value->type())));
}

void Fields::duration(Names names, std::chrono::milliseconds& into) {
  const auto* value = find(names);
  if (!value) return;
  const auto parsed = parse_duration(value->is_string() ? value->get_ref<const std::string&>() : value->dump());
  if (parsed)
    into = *parsed;
  else
    fail(path(*names.begin()), parsed.error());
}

void Fields::size(Names names, std::uint64_t& into) {
  const auto* value = find(names);
  if (!value) return;
  const auto parsed = parse_size(value->is_string() ? value->get_ref<const std::string&>() : value->dump());
  if (parsed)
    into = *parsed;
  else
    fail(path(*names.begin()), parsed.error());
}

std::optional<std::size_t> Fields::index_of(Names names, std::span<const std::string_view> words) {
  const auto* value = find(names, Json::value_t::string);
  if (!value) return std::nullopt;
  const std::string_view word = value->get_ref<const std::string&>();
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return i;
  fail(path(*names.begin()), in_quotes(word) + " is none of " + listed(words) + did_you_mean(word, words));
  return std::nullopt;
}

void Fields::required(Names names) {
  for (auto name : names)
    if (object_.contains(name)) return;
  fail(path_, "the field " + in_quotes(*names.begin()) + " is missing");
}

void Fields::fail(std::string path, std::string message, std::string hint) {
  fail(std::move(path), Error{.code = Errc::invalid_argument, .message = std::move(message), .hint = std::move(hint)});
}

void Fields::fail(std::string path, const Error& error) {
  if (problem_) return;
  problem_ = error;
  problem_->message = (path.empty() ? "the document" : std::move(path)) + ": " + error.message;
}

void Fields::end() {
  for (const auto& [key, value] : object_.items()) {
    bool known = false;
    for (auto name : known_) known = known || name == key;
    if (!known)
      return fail(path_, "unknown key " + in_quotes(key) + did_you_mean(key, known_), "known here: " + listed(known_));
  }
}

}  // namespace ductape::inline v0::model
