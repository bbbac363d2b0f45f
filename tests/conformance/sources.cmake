# SPDX-License-Identifier: Apache-2.0
# The conformance suite is part of ductape_testing, which is built and installed whether or not our own tests are.
set(suite ${CMAKE_CURRENT_LIST_DIR})
target_sources(ductape_testing PRIVATE
  ${suite}/suite/check.cc ${suite}/suite/child.cc ${suite}/suite/expected.cc ${suite}/suite/ledger.cc
  ${suite}/suite/needs.cc ${suite}/suite/received.cc ${suite}/suite/run_conformance.cc ${suite}/suite/stage.cc
  ${suite}/suite/traffic.cc
  ${suite}/cases/all.cc ${suite}/cases/basic.cc ${suite}/cases/close.cc ${suite}/cases/crash.cc
  ${suite}/cases/dead_letters.cc ${suite}/cases/dedup.cc ${suite}/cases/failure.cc ${suite}/cases/flow.cc
  ${suite}/cases/frozen.cc ${suite}/cases/frozen_server.cc ${suite}/cases/groups.cc ${suite}/cases/health.cc ${suite}/cases/isolation.cc ${suite}/cases/lease.cc ${suite}/cases/limits.cc
  ${suite}/cases/order.cc ${suite}/cases/order_through_retry.cc ${suite}/cases/poison.cc
  ${suite}/cases/provision.cc ${suite}/cases/publish_flow.cc ${suite}/cases/reset.cc ${suite}/cases/retry.cc ${suite}/cases/retry_scope.cc
  ${suite}/cases/settle.cc ${suite}/cases/shutdown.cc ${suite}/cases/starts.cc ${suite}/cases/take_over.cc
  ${suite}/cases/unreachable.cc)
