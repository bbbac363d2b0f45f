# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts into a prefix: library, testing library, headers, CMake package, pkg-config file, licence.
# The package may be moved afterwards: no file names the prefix.
include(CMakePackageConfigHelpers)

# Packages and pkg-config modules that the static library's code needs at the link of a program.
set(ductape_packages OpenSSL SQLite3 simdjson spdlog yaml-cpp)
set(ductape_pc_modules libcrypto sqlite3 simdjson spdlog yaml-cpp)

install(TARGETS ductape EXPORT ductape-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ductape_testing EXPORT ductape-testing-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(ductape_testing PROPERTIES EXPORT_NAME testing)

install(DIRECTORY include/ductape DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp)
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ductape)
install(EXPORT ductape-targets NAMESPACE ductape:: DESTINATION ${package_dir})
install(EXPORT ductape-testing-targets NAMESPACE ductape:: DESTINATION ${package_dir})
configure_package_config_file(cmake/ductape-config.cmake.in ductape-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change anything.
write_basic_package_version_file(ductape-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ductape-config.cmake ${PROJECT_BINARY_DIR}/ductape-config-version.cmake
        DESTINATION ${package_dir})

list(JOIN ductape_pc_modules ", " pc_requires)
file(RELATIVE_PATH pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
configure_file(cmake/ductape.pc.in ductape.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ductape.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET ductape_cli)
  install(TARGETS ductape_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
