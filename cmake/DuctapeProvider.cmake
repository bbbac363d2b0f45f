# SPDX-License-Identifier: Apache-2.0
# A provider is one folder providers/<name> and one line `ductape_add_provider(<name>)`. Its CMakeLists.txt adds its
# sources to the target it is given in `ductape_provider_target`, and one of them defines
# `const driver::Provider& provider_<name>()` in namespace ductape.
set_property(GLOBAL PROPERTY DUCTAPE_PROVIDERS "")

function(ductape_add_provider name)
  set(ductape_provider_target ductape)
  add_subdirectory(${PROJECT_SOURCE_DIR}/providers/${name} ${PROJECT_BINARY_DIR}/providers/${name})
  set_property(GLOBAL APPEND PROPERTY DUCTAPE_PROVIDERS ${name})
endfunction()

# The options of a technology are in every build, so that each checks and hides what it configures: providers/<name>/options.cc
# defines `std::span<const driver::Field> options_<name>()`.
function(ductape_add_options name)
  target_sources(ductape PRIVATE ${PROJECT_SOURCE_DIR}/providers/${name}/options.cc)
  set_property(GLOBAL APPEND PROPERTY DUCTAPE_OPTIONS ${name})
endfunction()

# Writes the lists of the providers that are linked and of the options that are known.
function(ductape_finish_providers)
  get_property(known GLOBAL PROPERTY DUCTAPE_OPTIONS)
  list(SORT known)
  set(option_declarations "")
  set(options "")
  foreach(name IN LISTS known)
    string(APPEND option_declarations "std::span<const driver::Field> options_${name}();\n")
    string(APPEND options "ProviderOptions{\"${name}\", &options_${name}}, ")
  endforeach()
  get_property(names GLOBAL PROPERTY DUCTAPE_PROVIDERS)
  list(SORT names)
  set(declarations "")
  set(entries "")
  foreach(name IN LISTS names)
    string(APPEND declarations "const driver::Provider& provider_${name}();\n")
    string(APPEND entries "&provider_${name}(), ")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/providers.cc @ONLY CONTENT [[
// Generated from the ductape_add_provider() lines.
#include <array>
#include <ductape/providers.hpp>

namespace ductape::inline v0 {
@declarations@
@option_declarations@
std::span<const ProviderOptions> provider_options() {
  static constexpr std::array all = {@options@};
  return all;
}
std::span<const driver::Provider* const> providers() {
  static const std::array all = {static_cast<const driver::Provider*>(nullptr), @entries@};
  return std::span(all).subspan(1);
}
}  // namespace ductape::inline v0
]])
  target_sources(ductape PRIVATE ${PROJECT_BINARY_DIR}/generated/providers.cc)
endfunction()
