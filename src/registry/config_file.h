// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/result.hpp>

namespace ductape::inline v0::registry {

/// `config.yaml` beside the store: the defaults of who works in that directory.
struct ConfigFile {
  std::string product = {};
  std::string env = {};
};

/// A file that is not there names nothing. Errors: `invalid_argument` for one that cannot be understood.
Result<ConfigFile> read_config_file(const std::string& directory);

/// Replaces the file as a whole.
Result<void> write_config_file(const std::string& directory, const ConfigFile& config);

}  // namespace ductape::inline v0::registry
