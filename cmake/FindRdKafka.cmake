# SPDX-License-Identifier: Apache-2.0
# RdKafka::rdkafka, Kafka's client: the system's where that is new enough, else the static one of tools/librdkafka, which
# decides between them and says why.
set(RdKafka_TOOL ${PROJECT_SOURCE_DIR}/tools/librdkafka)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${RdKafka_TOOL})
execute_process(COMMAND ${RdKafka_TOOL} --where OUTPUT_VARIABLE RdKafka_PREFIX ERROR_VARIABLE RdKafka_SAID RESULT_VARIABLE RdKafka_FAILED
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
if(RdKafka_SAID AND NOT RdKafka_FAILED)
  message(STATUS "${RdKafka_SAID}")
endif()

if(RdKafka_PREFIX)
  set(RdKafka_LIBRARY ${RdKafka_PREFIX}/lib/librdkafka.a)
  set(RdKafka_INCLUDE_DIR ${RdKafka_PREFIX}/include)
elseif(NOT RdKafka_FAILED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(RdKafka_SYSTEM REQUIRED QUIET rdkafka)
  find_library(RdKafka_LIBRARY rdkafka HINTS ${RdKafka_SYSTEM_LIBRARY_DIRS})
  find_path(RdKafka_INCLUDE_DIR librdkafka/rdkafka.h HINTS ${RdKafka_SYSTEM_INCLUDE_DIRS})
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RdKafka REQUIRED_VARS RdKafka_LIBRARY RdKafka_INCLUDE_DIR REASON_FAILURE_MESSAGE "${RdKafka_SAID}")

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  if(RdKafka_PREFIX)
    add_library(RdKafka::rdkafka STATIC IMPORTED GLOBAL)
    # By name, as whoever links the installed archive needs them.
    set_target_properties(RdKafka::rdkafka PROPERTIES INTERFACE_LINK_LIBRARIES "ssl;crypto;zstd;z;m;dl;pthread")
  else()
    add_library(RdKafka::rdkafka UNKNOWN IMPORTED GLOBAL)
  endif()
  set_target_properties(RdKafka::rdkafka PROPERTIES IMPORTED_LOCATION ${RdKafka_LIBRARY}
                                                    INTERFACE_INCLUDE_DIRECTORIES ${RdKafka_INCLUDE_DIR})
endif()
