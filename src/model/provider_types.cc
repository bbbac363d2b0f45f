// SPDX-License-Identifier: Apache-2.0
#include "src/model/provider_types.h"

#include <algorithm>
#include <array>
#include <string>
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

Result<std::span<const driver::Field>> fields_of(std::string_view type,
                                                 std::span<const driver::Provider* const> linked) {
  if (const auto* found = find_in(linked, type)) return found->fields();
  if (const auto* found = find_options(type)) return found->fields();
  const auto wanted = canonical_type(type);
  std::vector<std::string> types;
  for (const auto& options : provider_options()) types.push_back(canonical_type(options.name));
  for (const auto* provider : linked) types.push_back(canonical_type(provider->name()));
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  std::string names;
  for (const auto& name : types) names.append(names.empty() ? "" : ", ").append(name);
  return Error{.code = Errc::invalid_argument,
               .message = "unknown type " + in_quotes(type) +
                          did_you_mean(wanted, std::vector<std::string_view>(types.begin(), types.end())),
               .hint = "one of " + names};
}

}  // namespace model

const driver::Provider* find_provider(std::string_view type) { return model::find_in(providers(), type); }

const ProviderOptions* find_options(std::string_view type) {
  const auto wanted = model::canonical_type(type);
  const auto found =
      std::ranges::find(provider_options(), wanted, [](const auto& one) { return model::canonical_type(one.name); });
  return found == provider_options().end() ? nullptr : &*found;
}

}  // namespace ductape::inline v0
