// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cassert>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "src/registry/catalog.h"
#include "src/registry/config_file.h"
#include "src/registry/edit.h"
#include "src/registry/registry_core.h"
#include "src/store/location.h"

namespace ductape::inline v0::registry {

/// A store and the snapshot of it that everybody reads. Thread-safe.
class StoredRegistry final : public detail::RegistryCore {
 public:
  /// Reads the first snapshot. `directory` is where the store lies, empty if it lies nowhere.
  static Result<std::shared_ptr<StoredRegistry>> open(std::unique_ptr<store::Store> store, std::string directory,
                                                      ConfigFile config);

  [[nodiscard]] std::uint64_t generation() const noexcept override {
    return generation_.load(std::memory_order_acquire);
  }
  void poll() override;
  [[nodiscard]] Result<Resolved> resolve(std::string_view product, std::string_view env,
                                         std::string_view event) const override;
  [[nodiscard]] Result<driver::Config> settings(const Resolved& resolved) const override;
  /// Its value. Errors: `data_loss` if it was sealed with another key.
  [[nodiscard]] Result<std::string> open_secret(const model::SealedSecret& secret) const;
  Result<model::HandledIds*> handled_ids() override;
  Result<model::Tallies*> tallies() override;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const ConfigFile& config() const { return config_; }

  /// The snapshot, renewed if somebody else changed the store.
  Result<std::shared_ptr<const Catalog>> read();

  /// One change: `change` works on the current state, and what it did is committed if it returns success and `keep`.
  Result<void> write(const std::function<Result<void>(Edit&)>& change, bool keep = true);

 private:
  StoredRegistry(std::unique_ptr<store::Store> store, std::string directory, ConfigFile config)
      : directory_(std::move(directory)), config_(std::move(config)), key_(directory_), store_(std::move(store)) {}

  [[nodiscard]] std::shared_ptr<const Catalog> snapshot() const;
  void replace(Catalog catalog);
  Result<void> refresh();  // under store_mutex_
  /// What lies in a file of its own beside the store, opened when first asked for.
  template <class T>
  Result<T*> beside(std::unique_ptr<T>& kept,
                    Result<std::unique_ptr<T>> (*opener)(const store::Location&, std::chrono::milliseconds));

  const std::string directory_;
  const ConfigFile config_;
  mutable SecretKey key_;
  std::atomic<std::uint64_t> generation_{0};

  // Held for the copy of a pointer only, never together with disk. std::atomic<std::shared_ptr> would do, but
  // ThreadSanitizer does not understand GCC 12's.
  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const Catalog> snapshot_;

  std::mutex store_mutex_;  // guards what follows; held while the disk works
  std::unique_ptr<store::Store> store_;
  std::uint64_t token_ = 0;
  std::unique_ptr<model::HandledIds> handled_ids_;
  std::unique_ptr<model::Tallies> tallies_;
};

/// What every core of a registry is.
inline StoredRegistry& stored(const std::shared_ptr<detail::RegistryCore>& core) {
  assert(dynamic_cast<StoredRegistry*>(core.get()));
  return static_cast<StoredRegistry&>(*core);
}

}  // namespace ductape::inline v0::registry
