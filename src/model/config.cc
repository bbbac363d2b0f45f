// SPDX-License-Identifier: Apache-2.0
#include "src/model/config.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "src/model/document.h"
#include "src/model/fields.h"
#include "src/model/in_quotes.h"
#include "src/model/nearest.h"
#include "src/model/references.h"

namespace ductape::inline v0::model {
namespace {

Error wrong(const std::string& path, const std::string& what, std::string hint = {}) {
  return {.code = Errc::invalid_argument, .message = path + ": " + what, .hint = std::move(hint)};
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Result<void> flatten(const Json& object, const std::string& path, const std::string& prefix, FlatConfig& into) {
  for (const auto& [key, value] : object.items()) {
    const auto here = path + "/" + key;
    const auto name = prefix + key;
    if (value.is_object()) {
      if (auto done = flatten(value, here, name + ".", into); !done) return done;
      continue;
    }
    if (value.is_null()) return wrong(here, "expected a value, found null", "leave the key out");
    std::string text = value.is_array() ? std::string() : text_of(value);
    if (value.is_array())
      for (const auto& element : value) {
        if (element.is_structured() || element.is_null())
          return wrong(here, "a list may hold plain values only, found " + std::string(type_name(element.type())));
        text.append(text.empty() ? "" : ",").append(text_of(element));
      }
    if (!into.emplace(name, std::move(text)).second) return wrong(here, "given twice, once with a dot in its name");
  }
  return {};
}

using driver::Field;
using driver::FieldType;

bool is_text(const Json& value) { return value.is_string(); }
bool is_texts(const Json& value) {
  return value.is_string() || (value.is_array() && !value.empty() && std::ranges::all_of(value, is_text));
}
bool is_boolean(const Json& value) { return value.is_boolean() || value.is_string(); }
bool is_whole(const Json& value) { return value.is_number_integer() || value.is_string(); }
bool is_object(const Json& value) { return value.is_object(); }

/// What a field may be written as, in the order of FieldType. A string does for all of them, as a reference is one.
struct Written {
  bool (*fits)(const Json& value);
  std::string_view expected, example;
};
constexpr std::array<Written, 7> ways{{{is_text, "a text", "\"...\""},
                                       {is_text, "a text", "\"...\""},
                                       {is_texts, "a list of texts", "[\"...\", \"...\"]"},
                                       {is_boolean, "true or false", "true"},
                                       {is_whole, "a whole number", "1"},
                                       {is_whole, "a duration", "5s"},
                                       {is_object, "an object", "{...}"}}};
static_assert(ways.size() == static_cast<std::size_t>(FieldType::native) + 1);

std::string described(const Json& value) {
  if (value.is_array() && value.empty()) return "an empty list";
  if (value.is_array() && !std::ranges::all_of(value, is_text)) return "a list with something else in it";
  return std::string(type_name(value.type()));
}

Result<void> check_type(const Field& field, const std::string& key, const Json& value, const std::string& path) {
  const auto& way = ways[static_cast<std::size_t>(field.type)];
  // Null has its own words.
  if (way.fits(value) || value.is_null()) return {};
  const bool unquoted = way.fits == is_text && value.is_primitive();
  return wrong(path, "expected " + std::string(way.expected) + ", found " + described(value),
               (unquoted ? "put it in quotes: " : "write ") + key + ": " + std::string(way.example) +
                   (field.help.empty() ? "" : " (" + std::string(field.help) + ")"));
}

Result<void> check_types(const Json& object, std::span<const Field> fields, const std::string& path,
                         const std::string& prefix) {
  for (const auto& [key, value] : object.items()) {
    const auto name = prefix + key;
    const auto here = path + "/" + key;
    const auto begins = [below = name + "."](const Field& field) { return field.name.starts_with(below); };
    const auto field = std::ranges::find_if(fields, [&name = name](const Field& one) {
      return one.type == FieldType::native ? one.name == name : is_key_of(one, name);
    });
    const bool has_below = std::ranges::any_of(fields, begins);
    Result<void> done;
    if (has_below && value.is_object())
      done = check_types(value, fields, here, name + ".");
    else if (field != fields.end())
      done = check_type(*field, key, value, here);
    else if (has_below && !value.is_null())
      done = wrong(here, "expected an object, found " + described(value),
                   "known in it: " + std::string(std::ranges::find_if(fields, begins)->name) + ", ...");
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<void> check_types(const Json& config, std::span<const driver::Field> fields, const std::string& path) {
  return check_types(config, fields, path, "");
}

Result<void> place_connection_url(Json& config, std::span<const driver::Field> fields, const std::string& type,
                                  const std::string& path) {
  const auto given = config.find("connection_url");
  if (given == config.end()) return {};
  const auto at = path + "/connection_url";
  if (!given->is_string())
    return wrong(at, "expected a text, found " + described(*given), "write connection_url: \"...\"");
  const auto field = std::ranges::find_if(fields, [](const Field& one) { return one.connection_url.has_value(); });
  if (field == fields.end())
    return wrong(at, type + " is not configured with a URL",
                 "write its config; `ductape providers " + type + "` lists the keys");
  for (const auto& [key, value] : config.items())
    if (is_key_of(*field, key)) return wrong(at, in_quotes(key) + " says the same", "leave one out");
  auto url = given->get<std::string>();
  const auto scheme = *field->connection_url;
  for (std::size_t begin = 0; !scheme.empty() && begin != url.npos;) {
    if (std::string_view(url).substr(begin).starts_with(scheme)) url.erase(begin, scheme.size());
    begin = url.find(',', begin);
    if (begin != url.npos) ++begin;
  }
  config.erase("connection_url");
  config[std::string(field->name)] = std::move(url);
  return {};
}

Result<FlatConfig> flatten_config(std::string_view json) {
  auto parsed = parse_json(json);
  if (!parsed) return std::move(parsed).error();
  if (!parsed->is_object())
    return wrong("config", "expected an object, found " + std::string(type_name(parsed->type())));
  FlatConfig flat;
  if (auto done = flatten(*parsed, "", "", flat); !done) return std::move(done).error();
  return flat;
}

Result<void> check_config(const Json& config, std::span<const driver::Field> fields, const std::string& path) {
  if (auto done = check_types(config, fields, path); !done) return done;
  FlatConfig flat;
  if (auto done = flatten(config, path, "", flat); !done) return done;
  std::vector<std::string_view> known;
  std::string listed;
  for (const auto& field : fields) {
    known.push_back(field.name);
    listed.append(listed.empty() ? "" : ", ").append(field.name);
  }
  if (listed.empty()) listed = "none";
  std::set<const driver::Field*> given;
  for (const auto& [name, value] : flat) {
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&name = name](const auto& f) { return is_key_of(f, name); });
    if (field == fields.end())
      return wrong(path, "unknown key " + in_quotes(name) + did_you_mean(name, known), "known here: " + listed);
    if (!given.insert(&*field).second && field->type != driver::FieldType::native)
      return wrong(path,
                   in_quotes(name) + " is another spelling of " + in_quotes(field->name) + ", which is given too");
    const auto references = references_in(value);
    if (!references) {
      const auto& why = references.error();
      return wrong(path + "/" + name, why.message, why.hint);
    }
    if (!references->empty()) {
      const bool alone = references->size() == 1 && references->front().length == value.size();
      if (field->secret && !alone)
        return wrong(path + "/" + name, "a credential is one reference as a whole, or none",
                     "keep all of it with `ductape secret set NAME`, and write $Secret{NAME} alone");
      // What it stands for is looked at when it is read.
      continue;
    }
    if (!field->secret && has_stray_at(value))
      return wrong(path + "/" + name, "there is an @ behind the host of the URL",
                   "percent-encode what is special in user and password: / is %2F, ? is %3F, # is %23, @ is %40");
    if (const auto why = why_not(*field, value)) return wrong(path + "/" + name, *why, std::string(field->help));
  }
  for (const auto& field : fields) {
    const auto instead = std::ranges::find(fields, field.unless, &Field::name);
    const bool said = !field.unless.empty() && instead != fields.end() && given.contains(&*instead);
    if (said && given.contains(&field))
      return wrong(path, in_quotes(field.name) + " and " + in_quotes(field.unless) + " say the same", "leave one out");
    if (field.required && !said && !given.contains(&field))
      return wrong(path, "the key " + in_quotes(field.name) + " is missing", std::string(field.help));
  }
  return {};
}

}  // namespace ductape::inline v0::model
