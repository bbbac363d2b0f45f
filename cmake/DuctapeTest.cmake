# SPDX-License-Identifier: Apache-2.0
# Unit tests lie beside their sources: one program a folder, each case known to ctest under its label.
if(DUCTAPE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_custom_target(unit_tests)
endif()

# ductape_unit_test(<name> <sources>... [LIBRARIES <targets>...] [LINKS <targets>...])
# LIBRARIES: beside ductape; LINKS: instead of it.
function(ductape_unit_test name)
  if(NOT DUCTAPE_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES;LINKS")
  if(NOT arg_LINKS)
    set(arg_LINKS ductape)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${name} PRIVATE ${arg_LINKS} ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  add_dependencies(unit_tests ${name})
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
