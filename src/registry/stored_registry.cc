// SPDX-License-Identifier: Apache-2.0
#include "src/registry/stored_registry.h"

#include <algorithm>
#include <cstdlib>

#include <ductape/providers.hpp>

#include "src/model/credentials.h"
#include "src/model/provider_types.h"
#include "src/registry/destinations.h"
#include "src/registry/overlay.h"
#include "src/registry/secrets.h"
#include "src/store/handled_ids.h"
#include "src/store/tallies.h"

namespace ductape::inline v0::registry {

Result<std::shared_ptr<StoredRegistry>> StoredRegistry::open(std::unique_ptr<store::Store> store, std::string directory,
                                                             ConfigFile config) {
  std::shared_ptr<StoredRegistry> registry(
      new StoredRegistry(std::move(store), std::move(directory), std::move(config)));
  if (auto first = registry->read(); !first) return std::move(first).error();
  return registry;
}

void StoredRegistry::poll() {
  // Whoever holds the store renews the snapshot himself; and what cannot be read now may be at the next poll, while
  // the snapshot of before is still good.
  if (std::unique_lock lock(store_mutex_, std::try_to_lock); lock.owns_lock()) (void)refresh();
}

Result<Resolved> StoredRegistry::resolve(std::string_view product, std::string_view env, std::string_view event) const {
  const auto catalog = snapshot();
  const auto topic = find_topic(*catalog, product, event);
  if (!topic) return topic.error();
  const auto& definition = *(*topic)->topic;
  const auto broker = find_broker(*catalog, product, definition.broker);
  if (!broker) return broker.error();
  const auto found = find_env(*(*broker)->broker, env);
  if (!found) return found.error();
  std::uint64_t newest = 0;
  for (const auto& [name, secret] : catalog->find(product)->second.secrets) newest = std::max(newest, secret->revision);
  return Resolved{*(*broker)->broker, **found, definition, newest};
}

Result<std::string> StoredRegistry::open_secret(const model::SealedSecret& secret) const {
  const auto box = key_.find();
  if (!box) return box.error();
  if (*box)
    if (auto value = (*box)->open(secret.sealed, place_of(secret))) return std::move(*value);
  return wrong_key(secret, key_.place(), *box != nullptr);
}

Result<driver::Config> StoredRegistry::settings(const Resolved& resolved) const {
  const auto catalog = snapshot();
  const auto product = find_product(*catalog, resolved.broker.product);
  if (!product) return product.error();
  const auto place = "broker " + resolved.broker.tag + " in " + resolved.env.slug + ": ";
  const auto fields = model::fields_of(resolved.env.type, providers());
  auto config = model::resolved_config(
      resolved.env.config, fields ? *fields : std::span<const driver::Field>(),
      [&](const model::Reference& reference) -> Result<std::string> {
        if (reference.kind == model::Reference::Kind::variable) {
          const std::string name(reference.name);
          if (const char* value = std::getenv(name.c_str())) return std::string(value);
          return Error{.code = Errc::not_found,
                       .message = "there is no variable " + name + " in the environment of this process",
                       .hint = "export " + name + "=..., or keep it with `ductape secret set`"};
        }
        const auto found = (*product)->secrets.find(reference.name);
        if (found == (*product)->secrets.end())
          return Error{.code = Errc::not_found,
                       .message = "there is no secret " + std::string(reference.name),
                       .hint = "ductape secret set " + std::string(reference.name)};
        return open_secret(*found->second);
      });
  const auto over = config && fields ? overlay_environment(*config, resolved.broker.tag, *fields) : Result<void>();
  if (!config || !over) {
    auto error = config ? over.error() : std::move(config).error();
    error.message.insert(0, place);
    return error;
  }
  return config;
}

Result<std::shared_ptr<const Catalog>> StoredRegistry::read() {
  const std::lock_guard lock(store_mutex_);
  if (auto done = refresh(); !done) return std::move(done).error();
  return snapshot();
}

Result<void> StoredRegistry::write(const std::function<Result<void>(Edit&)>& change, bool keep) {
  const std::lock_guard lock(store_mutex_);
  auto transaction = store_->begin();
  if (!transaction) return std::move(transaction).error();
  // Inside the transaction nobody else writes, so this is what the store holds until it ends.
  if (auto done = refresh(); !done) return done;
  Edit edit(*snapshot(), std::move(*transaction), key_, keep);
  if (auto done = change(edit); !done || !edit.changed()) return done;
  if (auto done = check_destinations(edit.catalog()); !done || !keep) return done;
  auto catalog = edit.commit();
  if (!catalog) return std::move(catalog).error();
  replace(std::move(*catalog));
  return {};
}

template <class T>
Result<T*> StoredRegistry::beside(std::unique_ptr<T>& kept,
                                  Result<std::unique_ptr<T>> (*opener)(const store::Location&,
                                                                       std::chrono::milliseconds)) {
  const std::lock_guard lock(store_mutex_);
  if (!kept) {
    using Kind = store::Location::Kind;
    auto opened =
        opener({.kind = directory_.empty() ? Kind::memory : Kind::sqlite, .directory = directory_}, store::patience);
    if (!opened) return std::move(opened).error();
    kept = std::move(*opened);
  }
  return kept.get();
}

Result<model::HandledIds*> StoredRegistry::handled_ids() { return beside(handled_ids_, store::open_handled_ids); }
Result<model::Tallies*> StoredRegistry::tallies() { return beside(tallies_, store::open_tallies); }

std::shared_ptr<const Catalog> StoredRegistry::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void StoredRegistry::replace(Catalog catalog) {
  auto next = std::make_shared<const Catalog>(std::move(catalog));
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_.swap(next);
  }
  // After the snapshot: who sees the number sees the snapshot, or a later one.
  generation_.fetch_add(1, std::memory_order_release);
}

Result<void> StoredRegistry::refresh() {
  // Before the records: a change between the two is then read twice rather than missed.
  const auto token = store_->change_token();
  if (!token) return token.error();
  if (generation() != 0 && *token == token_) return {};
  auto records = store_->load();
  if (!records) return std::move(records).error();
  auto catalog = build_catalog(std::move(*records));
  if (!catalog) return std::move(catalog).error();
  replace(std::move(*catalog));
  token_ = *token;
  return {};
}

}  // namespace ductape::inline v0::registry
