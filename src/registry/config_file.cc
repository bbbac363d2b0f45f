// SPDX-License-Identifier: Apache-2.0
#include "src/registry/config_file.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "src/model/document.h"
#include "src/model/event.h"
#include "src/model/fields.h"
#include "src/store/file_error.h"

namespace ductape::inline v0::registry {
namespace {

std::string path_in(const std::string& directory) { return directory + "/config.yaml"; }

Error refused(const std::string& path, Error error) {
  error.message.insert(0, path + ": ");
  return error;
}

}  // namespace

Result<ConfigFile> read_config_file(const std::string& directory) {
  const auto path = path_in(directory);
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return store::file_error(EISDIR, path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return ConfigFile{};
    return store::file_error(errno, path);
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return store::file_error(errno, path);
  auto document = model::parse_document(text);
  if (!document) return refused(path, std::move(document).error());
  ConfigFile config;
  std::optional<Error> problem;
  model::Fields fields(*document, "", problem);
  fields.text({"product"}, config.product);
  fields.text({"env"}, config.env);
  fields.end();
  if (problem) return refused(path, std::move(*problem));
  if (!config.product.empty())
    if (auto done = model::check_tag("product tag", config.product); !done)
      return refused(path, std::move(done).error());
  if (!config.env.empty())
    if (auto done = model::check_tag("environment", config.env); !done) return refused(path, std::move(done).error());
  return config;
}

Result<void> write_config_file(const std::string& directory, const ConfigFile& config) {
  const auto path = path_in(directory);
  const auto next = path + ".new";
  errno = 0;
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  // Tags need no quotes in YAML, except those that read as numbers.
  file << "# Defaults of the commands run in this directory.\nproduct: \"" << config.product << "\"\nenv: \""
       << config.env << "\"\n";
  file.close();
  if (!file) return store::file_error(errno, next);
  if (std::rename(next.c_str(), path.c_str()) != 0) return store::file_error(errno, path);
  return {};
}

}  // namespace ductape::inline v0::registry
