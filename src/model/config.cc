// SPDX-License-Identifier: Apache-2.0
#include "src/model/config.h"

#include <algorithm>
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

}  // namespace

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
  for (const auto& field : fields)
    if (field.required && !given.contains(&field))
      return wrong(path, "the key " + in_quotes(field.name) + " is missing", std::string(field.help));
  return {};
}

}  // namespace ductape::inline v0::model
