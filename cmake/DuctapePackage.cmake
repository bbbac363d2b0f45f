# SPDX-License-Identifier: Apache-2.0
# Two Debian packages from one tree: `ductape`, the program, and `libductape-dev`, what programs are built with. Only the preset
# `package` includes this: its prefix is /usr, which gives Debian's directories. tools/package runs it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ductape)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Ductape for C++ authors")
# One that is not empty becomes the first line of both descriptions, in front of their own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ductape)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "publish and subscribe over any message broker, from the shell
Publish to broker:topic, name an environment, and the right provider for that
environment gets the message: durably, and every group that subscribed handles
it at least once, in order per key, or finds it in a dead letter with the
reason. Which provider that is stands in a store, not in the code.
.
The embedded broker needs no server and keeps its messages in a file; Kafka,
RabbitMQ, Redis and NATS are there too. Any program can handle messages: it
gets the body on its standard input.")

list(JOIN ductape_debian_packages ", " development_depends)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libductape-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${development_depends}")
# One public header, serializers/json.hpp, includes it, and only for programs that ask for it.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "ductape, nlohmann-json3-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "one API over message brokers for C++20 - development files
Publish to broker:topic, name an environment, and the right provider for that
environment gets the message: durably, and every group that subscribed handles
it at least once, in order per key, or finds it in a dead letter with the
reason. Which provider that is stands in a store, not in the code.
.
This package has the headers, the static library, the testing library with a
broker in memory, the CMake package and the pkg-config files.")

set(deb_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
# Follows SOURCE_DATE_EPOCH, hence the same bytes from the same commit.
string(TIMESTAMP changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/debian/changelog.in debian/changelog.Debian @ONLY)
configure_file(CHANGELOG.md debian/changelog COPYONLY)

foreach(pair IN ITEMS runtime:ductape development:libductape-dev)
  string(REGEX MATCH "^[^:]+" component ${pair})
  string(REGEX MATCH "[^:]+$" package ${pair})
  set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/${package})
  install(FILES cmake/debian/copyright ${PROJECT_BINARY_DIR}/debian/changelog ${PROJECT_BINARY_DIR}/debian/changelog.Debian
          DESTINATION ${doc_dir} COMPONENT ${component})
  set(compressed ${doc_dir}/changelog ${doc_dir}/changelog.Debian)
  if(component STREQUAL runtime)
    list(APPEND compressed ${CMAKE_INSTALL_MANDIR}/man1/ductape.1)
  endif()
  # -n: no time of the build in the file.
  install(CODE "
    foreach(file IN ITEMS ${compressed})
      execute_process(COMMAND gzip -9nf \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/\${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()" COMPONENT ${component})
endforeach()

# CMake strips programs only. What is left is what a linker reads.
list(TRANSFORM ductape_components REPLACE "(.+)" "libductape_provider_\\1.a" OUTPUT_VARIABLE provider_archives)
get_property(further_archives GLOBAL PROPERTY DUCTAPE_ARCHIVES)
install(CODE "
  foreach(archive IN ITEMS libductape.a libductape_testing.a ${provider_archives} ${further_archives})
    execute_process(COMMAND ${CMAKE_STRIP} --strip-debug --remove-section=.comment --remove-section=.note
                            --enable-deterministic-archives
                            \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/\${archive}
                    COMMAND_ERROR_IS_FATAL ANY)
  endforeach()" COMPONENT development)

include(CPack)
