// SPDX-License-Identifier: Apache-2.0
#include "src/registry/secrets.h"

#include "src/model/credentials.h"
#include "src/model/in_quotes.h"
#include "src/registry/stored_registry.h"

namespace ductape::inline v0 {
namespace registry {

std::string place_of(const model::SealedSecret& secret) { return secret.product + "/" + secret.name; }

std::vector<std::string> users_of(const ProductEntry& product, std::string_view secret) {
  std::vector<std::string> users;
  for (const auto& [tag, broker] : product.brokers)
    for (const auto& env : broker.broker->envs)
      if (model::secrets_named_in(model::Json::parse(env.config, nullptr, false)).contains(secret))
        users.push_back("broker " + tag + " in " + env.slug);
  return users;
}

Error wrong_key(const model::SealedSecret& secret, const std::string& key_place, bool there) {
  const auto named =
      "the secret " + model::in_quotes(secret.name) + " of the product " + model::in_quotes(secret.product);
  return {.code = Errc::data_loss,
          .message = named + (there ? " was sealed with another key than that of " + key_place
                                    : " cannot be opened: there is no " + key_place),
          .hint =
              "bring the key back (secret.key beside the store, or DUCTAPE_SECRET_KEY); without it, remove "
              "the secrets and set them again",
          .documented = store::unusable};
}

}  // namespace registry

namespace {

SecretInfo info_of(const registry::ProductEntry& product, const model::SealedSecret& secret) {
  return {.product = secret.product,
          .name = secret.name,
          .changed = secret.changed,
          .used_by = registry::users_of(product, secret.name)};
}

}  // namespace

Result<SecretInfo> Registry::set_secret(std::string_view product, std::string_view name, const Secret& value) {
  std::optional<SecretInfo> info;
  auto done = registry::stored(core_).write([&](registry::Edit& edit) -> Result<void> {
    if (auto set = edit.set_secret(product, name, value); !set) return set;
    const auto& entry = edit.catalog().find(product)->second;
    info = info_of(entry, *entry.secrets.find(name)->second);
    return {};
  });
  if (!done) return std::move(done).error();
  return std::move(*info);
}

Result<std::vector<SecretInfo>> Registry::secrets(std::string_view product) const {
  const auto catalog = registry::stored(core_).read();
  if (!catalog) return catalog.error();
  const auto found = registry::find_product(**catalog, product);
  if (!found) return found.error();
  std::vector<SecretInfo> out;
  for (const auto& [name, secret] : (*found)->secrets) out.push_back(info_of(**found, *secret));
  return out;
}

Result<void> Registry::check_store() {
  return registry::stored(core_).write([](registry::Edit&) { return Result<void>(); }, false);
}

Result<void> Registry::check_secrets(std::string_view product) const {
  const auto catalog = registry::stored(core_).read();
  if (!catalog) return catalog.error();
  const auto found = registry::find_product(**catalog, product);
  if (!found) return found.error();
  for (const auto& [name, secret] : (*found)->secrets)
    if (auto value = registry::stored(core_).open_secret(*secret); !value) return std::move(value).error();
  return {};
}

Result<void> Registry::remove_secret(std::string_view product, std::string_view name) {
  return registry::stored(core_).write([&](registry::Edit& edit) { return edit.remove_secret(product, name); });
}

}  // namespace ductape::inline v0
