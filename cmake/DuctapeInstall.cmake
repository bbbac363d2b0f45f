# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts into a prefix, as two components: `runtime` is what a person at a shell uses, `development` what
# a program is built with. The installed tree may be moved afterwards: no file names the prefix.
include(CMakePackageConfigHelpers)

# Packages, pkg-config modules and Debian packages that the static library's code needs at the link of a program: one list in
# three languages.
set(ductape_packages OpenSSL SQLite3 simdjson spdlog yaml-cpp)
set(ductape_pc_modules libssl libcrypto sqlite3 simdjson spdlog yaml-cpp)
set(ductape_debian_packages libssl-dev libsqlite3-dev libsimdjson-dev libspdlog-dev libyaml-cpp-dev libhiredis-dev libnats-dev
    librabbitmq-dev libzstd-dev zlib1g-dev)

# Debian's zsh looks into vendor-completions below /usr, and into site-functions elsewhere.
set(DUCTAPE_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh finds its completions")

install(TARGETS ductape_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
if(DUCTAPE_SHELL_FILES)
  set(shell_files_dir ${PROJECT_BINARY_DIR}/shell_files)
  install(FILES ${shell_files_dir}/ductape.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
  install(FILES ${shell_files_dir}/ductape.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
          RENAME ductape COMPONENT runtime)
  install(FILES ${shell_files_dir}/_ductape DESTINATION ${DUCTAPE_ZSH_DIR} COMPONENT runtime)
  install(FILES ${shell_files_dir}/ductape.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT runtime)
endif()

install(TARGETS ductape EXPORT ductape-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(TARGETS ductape_testing EXPORT ductape-testing-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
set_target_properties(ductape_testing PROPERTIES EXPORT_NAME testing)
install(DIRECTORY include/ductape DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN *.hpp)

# Each provider with a library of its own is a component, and `all` is every one of them.
get_property(ductape_components GLOBAL PROPERTY DUCTAPE_COMPONENTS)
foreach(component IN LISTS ductape_components)
  install(TARGETS ductape_provider_${component} EXPORT ductape-${component}-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endforeach()
install(TARGETS ductape_all EXPORT ductape-all-targets)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ductape)
set(exports ductape-targets ductape-testing-targets ductape-all-targets)
foreach(component IN LISTS ductape_components)
  list(APPEND exports ductape-${component}-targets)
endforeach()
foreach(export IN LISTS exports)
  install(EXPORT ${export} NAMESPACE ductape:: DESTINATION ${package_dir} COMPONENT development)
endforeach()
configure_package_config_file(cmake/ductape-config.cmake.in ductape-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change anything.
write_basic_package_version_file(ductape-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ductape-config.cmake ${PROJECT_BINARY_DIR}/ductape-config-version.cmake
        DESTINATION ${package_dir} COMPONENT development)

list(JOIN ductape_pc_modules ", " pc_requires)
file(RELATIVE_PATH pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
foreach(module IN ITEMS ductape ductape-testing)
  configure_file(cmake/${module}.pc.in ${module}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${module}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
foreach(component IN LISTS ductape_components)
  get_target_property(symbol ductape_provider_${component} DUCTAPE_SYMBOL)
  get_target_property(links ductape_provider_${component} DUCTAPE_LINKS)
  list(TRANSFORM links PREPEND -l)
  list(JOIN links " " links)
  configure_file(cmake/ductape-provider.pc.in ductape-${component}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/ductape-${component}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
endforeach()

if(DUCTAPE_PACKAGE)
  include(DuctapePackage)
else()
  # Debian has them in its own file, `copyright`.
  foreach(component IN ITEMS runtime development)
    install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${component})
    if(RdKafka_PREFIX)
      install(FILES ${RdKafka_PREFIX}/LICENSES.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME librdkafka-LICENSES.txt
              COMPONENT ${component})
    endif()
  endforeach()
endif()
