// SPDX-License-Identifier: Apache-2.0
#include "src/registry/overlay.h"

#include <cctype>
#include <cstdlib>

namespace ductape::inline v0::registry {

using driver::Field;

std::string variable_of(std::string_view broker, const Field& field) {
  std::string name = "DUCTAPE_BROKER_";
  const auto add = [&name](unsigned char c) { name.push_back(static_cast<char>(std::toupper(c))); };
  for (const char c : broker) add(static_cast<unsigned char>(c == '-' ? '_' : c));
  name.push_back('_');
  for (const char c : field.name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0) name.push_back('_');
    add(static_cast<unsigned char>(c == '.' ? '_' : c));
  }
  return name;
}

Result<void> overlay_environment(driver::Config& config, std::string_view broker, std::span<const Field> fields) {
  for (const auto& field : fields) {
    if (field.type == driver::FieldType::native) continue;
    const auto name = variable_of(broker, field);
    const char* const value = std::getenv(name.c_str());
    if (!value || !*value) continue;
    if (driver::why_not(field, value))
      return Error{.code = Errc::invalid_argument,
                   .message = "the variable " + name + " is not " + driver::expected(field),
                   .hint = std::string(field.help)};
    std::erase_if(config, [&](const auto& entry) { return is_key_of(field, entry.first); });
    config.emplace(field.name, value);
  }
  return {};
}

}  // namespace ductape::inline v0::registry
