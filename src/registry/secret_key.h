// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "src/registry/secret_box.h"

namespace ductape::inline v0::registry {

/// The key of a store's secrets: `DUCTAPE_SECRET_KEY`, else the file `secret.key` beside the store (mode 0600), else,
/// where the store lies nowhere, one that goes with this object. Thread-safe.
class SecretKey {
 public:
  /// `directory` is where the store lies, empty if nowhere.
  explicit SecretKey(std::string directory) : directory_(std::move(directory)) {}

  /// The box of the key that is there, or null. Reads each time what somebody may have changed. Errors:
  /// `permission_denied` for a file that others can read, `invalid_argument` for what is no key.
  Result<std::shared_ptr<const SecretBox>> find();
  /// The same; makes the key if there is none.
  Result<std::shared_ptr<const SecretBox>> find_or_make();

  /// Where the key is looked for, as errors name it.
  [[nodiscard]] std::string place() const;

 private:
  Result<std::shared_ptr<const SecretBox>> box_of(std::string_view text, const std::string& place);
  Result<std::shared_ptr<const SecretBox>> look();  // under mutex_

  const std::string directory_;
  std::mutex mutex_;
  std::string text_;  // of which box_ was made
  std::shared_ptr<const SecretBox> box_;
};

}  // namespace ductape::inline v0::registry
