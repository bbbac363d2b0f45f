// SPDX-License-Identifier: Apache-2.0
// What an Edit does with the credentials of brokers.
#include <chrono>

#include <ductape/providers.hpp>
#include <ductape/units.hpp>

#include "src/model/credentials.h"
#include "src/model/in_quotes.h"
#include "src/model/nearest.h"
#include "src/model/objects.h"
#include "src/model/provider_types.h"
#include "src/registry/edit.h"
#include "src/registry/secrets.h"

namespace ductape::inline v0::registry {

using model::in_quotes;
using model::Json;
using model::SealedSecret;

namespace {

constexpr std::size_t largest = 64 << 10;

Json config_of(const BrokerEnv& env) { return Json::parse(env.config, nullptr, false); }

// Any secret of the store: what was sealed with a key shows whether it is the one.
const SealedSecret* any_secret(const Catalog& catalog) {
  for (const auto& [tag, product] : catalog)
    if (!product.secrets.empty()) return product.secrets.begin()->second.get();
  return nullptr;
}

Error missing(const ProductEntry& product, const std::string& place, const std::set<std::string, std::less<>>& names) {
  std::vector<std::string_view> known;
  for (const auto& entry : product.secrets) known.push_back(entry.first);
  std::string listed;
  for (const auto& name : names) listed.append(listed.empty() ? "" : ", ").append(in_quotes(name));
  return {.code = Errc::not_found,
          .message = place + "the product " + in_quotes(product.product->tag) + " has no secret " + listed +
                     (names.size() == 1 ? model::did_you_mean(*names.begin(), known) : ""),
          .hint = "ductape secret set " + *names.begin()};
}

}  // namespace

// The key is the right one if it opens what is there.
Result<std::shared_ptr<const SecretBox>> Edit::box() {
  if (box_) return box_;
  const auto* sealed = any_secret(catalog_);
  auto found = sealed ? key_.find() : keep_ ? key_.find_or_make() : key_.find();
  if (!found) return found;
  if (sealed && (!*found || !(*found)->open(sealed->sealed, place_of(*sealed))))
    return wrong_key(*sealed, key_.place(), *found != nullptr);
  if (!*found) {
    auto throwaway = SecretBox::make_key();
    if (!throwaway) return std::move(throwaway).error();
    found = std::make_shared<const SecretBox>(*throwaway);
  }
  return box_ = *found;
}

Result<void> Edit::put_secret(std::string_view product, std::string_view name, const std::string& value,
                              bool of_config) {
  const auto found = find_product(catalog_, product);
  if (!found) return found.error();
  if (auto good = model::check_secret_name(name); !good) return good;
  if (value.empty())
    return Error{.code = Errc::invalid_argument, .message = "the value of the secret " + in_quotes(name) + " is empty"};
  if (value.size() > largest)
    return Error{.code = Errc::message_too_large,
                 .message = "the value of the secret " + in_quotes(name) + " has " + std::to_string(value.size()) +
                            " bytes; at most " + format_size(largest) + " are allowed"};
  if (auto good = model::check_utf8("the value of the secret " + in_quotes(name), value); !good) return good;
  auto& secrets = catalog_.find(product)->second.secrets;
  const auto before = secrets.find(name);
  auto sealing = box();
  if (!sealing) return std::move(sealing).error();
  SealedSecret secret{.product = std::string(product), .name = std::string(name), .of_config = of_config};
  if (before != secrets.end()) {
    secret.of_config = before->second->of_config;
    if ((*sealing)->open(before->second->sealed, place_of(*before->second)) == value) return {};
  }
  auto sealed = (*sealing)->seal(value, place_of(secret));
  if (!sealed) return std::move(sealed).error();
  secret.sealed = std::move(*sealed);
  secret.changed = format_time(std::chrono::system_clock::now());
  auto revision = transaction_->put({store::Kind::secret, secret.product, secret.name}, model::to_json(secret).dump());
  if (!revision) return std::move(revision).error();
  changed_ = true;
  secret.revision = *revision;
  secrets[secret.name] = std::make_shared<const SealedSecret>(secret);
  return {};
}

Result<void> Edit::set_secret(std::string_view product, std::string_view name, const Secret& value) {
  return put_secret(product, name, value.reveal(), false);
}

Result<void> Edit::remove_secret(std::string_view product, std::string_view name) {
  const auto found = find_product(catalog_, product);
  if (!found) return found.error();
  const auto& secrets = (*found)->secrets;
  if (!secrets.contains(name)) return missing(**found, "", {std::string(name)});
  if (const auto users = users_of(**found, name); !users.empty()) {
    std::string listed;
    for (const auto& user : users) listed.append(listed.empty() ? "" : ", ").append(user);
    return Error{.code = Errc::conflict,
                 .message = "the secret " + in_quotes(name) + " is used by " + listed,
                 .hint = "update or delete the broker first"};
  }
  if (auto done = erase({store::Kind::secret, std::string(product), std::string(name)}); !done) return done;
  auto& all = catalog_.find(product)->second.secrets;
  all.erase(all.find(name));
  return {};
}

Result<void> Edit::seal(Broker& broker, const std::string& path) {
  const auto product = find_product(catalog_, broker.product);
  if (!product) return product.error();
  for (std::size_t i = 0; i < broker.envs.size(); ++i) {
    auto& env = broker.envs[i];
    const auto fields = model::fields_of(env.type, providers());
    if (!fields) return fields.error();
    auto config = config_of(env);
    auto sealed = model::seal_credentials(
        config, *fields, [&](const std::string& field, const std::string& value) -> Result<std::string> {
          const auto name = broker.tag + "_" + env.slug + "_" + field;
          if (auto kept = put_secret(broker.product, name, value, true); !kept) return std::move(kept).error();
          return model::secret_reference(name);
        });
    if (!sealed) return sealed;
    env.config = config.dump();
    auto named = model::secrets_named_in(config);
    std::erase_if(named, [&](const auto& name) { return (*product)->secrets.contains(name); });
    if (!named.empty()) return missing(**product, path + "/envs/" + std::to_string(i) + "/config: ", named);
  }
  return {};
}

Result<void> Edit::drop_unnamed_secrets(std::string_view product) {
  auto& entry = catalog_.find(product)->second;
  for (auto at = entry.secrets.begin(); at != entry.secrets.end();) {
    const auto secret = (at++)->second;
    if (!secret->of_config || !users_of(entry, secret->name).empty()) continue;
    if (auto done = erase({store::Kind::secret, secret->product, secret->name}); !done) return done;
    entry.secrets.erase(secret->name);
  }
  return {};
}

}  // namespace ductape::inline v0::registry
