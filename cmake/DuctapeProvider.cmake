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

# Writes the list of the providers that are linked.
function(ductape_finish_providers)
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
std::span<const driver::Provider* const> providers() {
  static const std::array all = {static_cast<const driver::Provider*>(nullptr), @entries@};
  return std::span(all).subspan(1);
}
}  // namespace ductape::inline v0
]])
  target_sources(ductape PRIVATE ${PROJECT_BINARY_DIR}/generated/providers.cc)
endfunction()
