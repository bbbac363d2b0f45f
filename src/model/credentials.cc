// SPDX-License-Identifier: Apache-2.0
#include "src/model/credentials.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <ductape/driver/percent_decoded.hpp>

#include "src/model/config.h"
#include "src/model/document.h"
#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {
namespace {

// Calls `look` with the dotted name and the value of everything that is no object and no list.
void each_value(Json& node, const std::string& name, const std::function<void(const std::string&, Json&)>& look) {
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) each_value(value, name.empty() ? key : name + "." + key, look);
  } else if (node.is_array()) {
    for (auto& value : node) each_value(value, name, look);
  } else {
    look(name, node);
  }
}

// The names that the libraries' own settings have, e.g. ssl.key.password.
bool sounds_secret(std::string_view key) {
  std::string lower;
  for (const char c : key) lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  constexpr std::array<std::string_view, 6> words{"password", "passphrase", "secret", "token", "key.pem", "credential"};
  return std::ranges::any_of(words, [&](auto word) { return lower.find(word) != lower.npos; });
}

const driver::Field* field_of(std::span<const driver::Field> fields, std::string_view key) {
  const auto found = std::ranges::find_if(fields, [&](const auto& field) { return driver::is_key_of(field, key); });
  return found == fields.end() ? nullptr : &*found;
}

bool is_credential(const driver::Field* field, std::string_view key) {
  if (!field) return false;
  return field->secret || (field->type == driver::FieldType::native && sounds_secret(key));
}

bool has_reference(std::string_view text) {
  const auto found = references_in(text);
  return !found || !found->empty();
}

}  // namespace

Result<void> seal_credentials(
    Json& config, std::span<const driver::Field> fields,
    const std::function<Result<std::string>(const std::string& field, const std::string& value)>& keep) {
  Result<void> outcome;
  std::map<std::string, int> count;
  const auto kept = [&](const std::string& field, const std::string& value) -> std::string {
    if (!outcome) return {};
    const int number = ++count[field];
    auto reference = keep(number == 1 ? field : field + "." + std::to_string(number), value);
    if (reference) return std::move(*reference);
    outcome = std::move(reference).error();
    return {};
  };
  each_value(config, "", [&](const std::string& key, Json& value) {
    const auto* field = field_of(fields, key);
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty() || !field) return;
    // A native setting has its own name; all others go by the documented one.
    const std::string name(field->type == driver::FieldType::native ? std::string_view(key) : field->name);
    if (is_credential(field, key)) {
      if (!has_reference(text)) value = kept(name, text);
      return;
    }
    auto places = url_credentials(text);
    std::string sealed;
    std::size_t done = 0;
    for (const auto& place : places) {
      const auto clear = std::string_view(text).substr(place.at, place.length);
      sealed.append(text, done, place.at - done);
      sealed.append(has_reference(clear) ? std::string(clear) : kept(name, driver::percent_decoded(clear)));
      done = place.at + place.length;
    }
    if (!places.empty()) value = sealed.append(text, done);
  });
  return outcome;
}

std::set<std::string, std::less<>> secrets_named_in(const Json& config) {
  std::set<std::string, std::less<>> names;
  Json copy = config;
  each_value(copy, "", [&](const std::string&, Json& value) {
    if (!value.is_string()) return;
    const auto text = value.get<std::string>();
    const auto references = references_in(text);
    if (!references) return;
    for (const auto& reference : *references)
      if (reference.kind == Reference::Kind::secret) names.emplace(reference.name);
  });
  return names;
}

Result<driver::Config> resolved_config(std::string_view json, std::span<const driver::Field> fields,
                                       const std::function<Result<std::string>(const Reference&)>& value_of) {
  auto config = flatten_config(json);
  if (!config) return config;
  for (auto& [key, value] : *config) {
    if (!has_reference(value)) continue;
    auto text = substitute(value, value_of);
    if (!text) {
      auto error = std::move(text).error();
      error.message.insert(0, key + ": ");
      return error;
    }
    if (const auto* field = field_of(fields, key); field && driver::why_not(*field, *text))
      return Error{.code = Errc::invalid_argument,
                   .message = key + ": what " + value + " stands for is not " + driver::expected(*field),
                   .hint = std::string(field->help)};
    value = std::move(*text);
  }
  return config;
}

}  // namespace ductape::inline v0::model
