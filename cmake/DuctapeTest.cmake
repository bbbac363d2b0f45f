# SPDX-License-Identifier: Apache-2.0
# Unit tests lie beside their sources: one program a folder, each case known to ctest under its label.
if(DUCTAPE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# ductape_unit_test(<name> <sources>... [LIBRARIES <targets>...])
function(ductape_unit_test name)
  if(NOT DUCTAPE_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ductape ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
