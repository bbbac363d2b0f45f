# SPDX-License-Identifier: Apache-2.0
# A provider is one folder providers/<name> and one line `ductape_add_provider(<name>)`. Its CMakeLists.txt adds its
# sources to the target it is given in `ductape_provider_target`, and one of them defines
# `const driver::Provider& provider_<name>()` in namespace ductape. One that needs a library of its technology names it,
# `LINKS <library>`, and is a component: whoever does not use it does not link that library.
set_property(GLOBAL PROPERTY DUCTAPE_PROVIDERS "")
set_property(GLOBAL PROPERTY DUCTAPE_COMPONENTS "")
set_property(GLOBAL PROPERTY DUCTAPE_ARCHIVES "")

# Links a provider with a library of the system, or with an imported target. One that is an archive is installed beside ours,
# under a name of ours, since the system does not have it.
function(ductape_link_library target library)
  if(NOT TARGET ${library})
    target_link_libraries(${target} PRIVATE ${library})
    set_property(TARGET ${target} APPEND PROPERTY DUCTAPE_LINKS ${library})
    return()
  endif()
  get_target_property(type ${library} TYPE)
  get_target_property(location ${library} IMPORTED_LOCATION)
  get_filename_component(name ${location} NAME_WE)
  string(REGEX REPLACE "^lib" "" name ${name})
  set(installed ${name})
  set(links ${name})
  if(type STREQUAL STATIC_LIBRARY)
    set(archive libductape_${name}.a)
    install(FILES ${location} DESTINATION ${CMAKE_INSTALL_LIBDIR} RENAME ${archive} COMPONENT development)
    set_property(GLOBAL APPEND PROPERTY DUCTAPE_ARCHIVES ${archive})
    get_target_property(further ${library} INTERFACE_LINK_LIBRARIES)
    set(installed $<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/${archive} ${further})
    set(links ductape_${name} ${further})
  endif()
  list(TRANSFORM installed REPLACE "(.+)" "$<INSTALL_INTERFACE:\\1>")
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}> ${installed})
  set_property(TARGET ${target} APPEND PROPERTY DUCTAPE_LINKS ${links})
endfunction()

function(ductape_add_provider name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
  set(ductape_provider_target ductape)
  if(arg_LINKS)
    set(ductape_provider_target ductape_provider_${name})
    add_library(${ductape_provider_target} STATIC)
    add_library(ductape::provider_${name} ALIAS ${ductape_provider_target})
    target_include_directories(${ductape_provider_target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${ductape_provider_target} PUBLIC ductape)
    foreach(library IN LISTS arg_LINKS)
      ductape_link_library(${ductape_provider_target} ${library})
    endforeach()
    # The list of providers refers to it weakly, which takes nothing out of an archive.
    string(LENGTH provider_${name} length)
    set(symbol _ZN7ductape2v0${length}provider_${name}Ev)
    target_link_options(${ductape_provider_target} INTERFACE LINKER:--undefined=${symbol})
    set_target_properties(${ductape_provider_target} PROPERTIES EXPORT_NAME provider_${name} DUCTAPE_SYMBOL ${symbol})
    set_property(GLOBAL APPEND PROPERTY DUCTAPE_COMPONENTS ${name})
  else()
    set_property(GLOBAL APPEND PROPERTY DUCTAPE_PROVIDERS ${name})
  endif()
  add_subdirectory(${PROJECT_SOURCE_DIR}/providers/${name} ${PROJECT_BINARY_DIR}/providers/${name})
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
  get_property(always GLOBAL PROPERTY DUCTAPE_PROVIDERS)
  get_property(components GLOBAL PROPERTY DUCTAPE_COMPONENTS)
  set(names ${always} ${components})
  list(SORT names)
  set(declarations "")
  set(entries "")
  foreach(name IN LISTS names)
    set(weak "")
    if(name IN_LIST components)
      set(weak "[[gnu::weak]] ")
    endif()
    string(APPEND declarations "${weak}const driver::Provider& provider_${name}();\n")
    string(APPEND entries "&provider_${name}, ")
  endforeach()
  add_library(ductape_all INTERFACE)
  add_library(ductape::all ALIAS ductape_all)
  set_target_properties(ductape_all PROPERTIES EXPORT_NAME all)
  list(TRANSFORM components PREPEND ductape_provider_)
  target_link_libraries(ductape_all INTERFACE ductape ${components})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/providers.cc @ONLY CONTENT [[
// Generated from the ductape_add_provider() lines.
#include <array>
#include <ductape/providers.hpp>
#include <vector>

namespace ductape::inline v0 {
@declarations@
@option_declarations@
std::span<const ProviderOptions> provider_options() {
  static constexpr std::array all = {@options@};
  return all;
}
std::span<const driver::Provider* const> providers() {
  static const auto linked = [] {
    std::vector<const driver::Provider*> found;
    for (auto* provider : {@entries@})
      if (provider != nullptr) found.push_back(&provider());
    return found;
  }();
  return linked;
}
}  // namespace ductape::inline v0
]])
  target_sources(ductape PRIVATE ${PROJECT_BINARY_DIR}/generated/providers.cc)
endfunction()
