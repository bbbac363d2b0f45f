// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/store.h"

#include <cstdlib>

#include "apps/ductape/log_lines.h"

namespace ductape::cli {

std::string first_of(const std::string& flag, const char* variable, std::string otherwise) {
  if (!flag.empty()) return flag;
  const char* value = std::getenv(variable);
  return value && *value ? value : otherwise;
}

Result<Registry> open_registry(const Globals& globals) { return Registry::open(globals.store); }

Result<Store> open_store(const Globals& globals) {
  auto registry = open_registry(globals);
  if (!registry) return std::move(registry).error();
  auto product = first_of(globals.product, "DUCTAPE_PRODUCT", registry->default_product());
  auto env = first_of(globals.env, "DUCTAPE_ENV", registry->default_env());
  if (product.empty())
    return Error{.code = Errc::invalid_argument,
                 .message = "no product is named: the store " + registry->directory() + " has no default",
                 .hint = "--product TAG, DUCTAPE_PRODUCT, or `ductape init` in a directory of your own"};
  return Store{std::move(*registry), std::move(product), env.empty() ? "dev" : std::move(env)};
}

Result<Client> open_client(const Globals& globals, Console* console) {
  return Client::open({.product = globals.product,
                       .env = globals.env,
                       .store = globals.store,
                       .log_level = console ? log_level_of(globals) : LogLevel::off,
                       .log = console ? log_lines(*console) : LogSink()});
}

}  // namespace ductape::cli
