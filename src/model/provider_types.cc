// SPDX-License-Identifier: Apache-2.0
#include "src/model/provider_types.h"

#include <algorithm>
#include <array>
#include <vector>

#include <ductape/providers.hpp>

#include "src/model/in_quotes.h"
#include "src/model/nearest.h"

namespace ductape::inline v0 {
namespace model {
namespace {

// Types whose name is not their folder's in upper case. A provider that is not listed here works all the same.
struct Alias {
  std::string_view type, folder;
};
constexpr std::array aliases{Alias{"AWS_SQS", "sqs"}, Alias{"GOOGLE_PUBSUB", "pubsub"}};

// What the documents promise, in this build or not.
constexpr std::array<std::string_view, 7> documented{"LOCAL",   "KAFKA",         "RABBITMQ", "REDIS",
                                                     "AWS_SQS", "GOOGLE_PUBSUB", "NATS"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    if (c == '-') c = '_';
  }
  return out;
}

const driver::Provider* find_in(std::span<const driver::Provider* const> linked, std::string_view type) {
  const auto wanted = canonical_type(type);
  for (const auto* provider : linked)
    if (canonical_type(provider->name()) == wanted) return provider;
  return nullptr;
}

}  // namespace

std::string canonical_type(std::string_view type) {
  auto name = upper(type);
  for (const auto& alias : aliases)
    if (name == upper(alias.folder)) return std::string(alias.type);
  return name;
}

Result<const driver::Provider*> provider_of(std::string_view type, std::span<const driver::Provider* const> linked) {
  if (const auto* found = find_in(linked, type)) return found;
  const auto wanted = canonical_type(type);
  std::string names;
  std::vector<std::string> types;
  for (const auto* provider : linked) types.push_back(canonical_type(provider->name()));
  for (const auto& name : types) names.append(names.empty() ? "" : ", ").append(name);
  if (std::find(documented.begin(), documented.end(), wanted) != documented.end())
    return Error{.code = Errc::unsupported,
                 .message = "the provider of type " + wanted + " is not in this build",
                 .hint = "in this build: " + names};
  std::vector<std::string_view> known(documented.begin(), documented.end());
  known.insert(known.end(), types.begin(), types.end());
  return Error{.code = Errc::invalid_argument,
               .message = "unknown type " + in_quotes(type) + did_you_mean(wanted, known),
               .hint = "in this build: " + names};
}

}  // namespace model

const driver::Provider* find_provider(std::string_view type) { return model::find_in(providers(), type); }

}  // namespace ductape::inline v0
