// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void set_provision(Stage& stage, const std::string& word) {
  must(stage.client().registry().update_broker(stage.product(), "orders",
                                               R"({"envs": [{"slug": "dev", "provision": ")" + word + R"("}]})"),
       "update of the broker");
}

// Asked by a new client each time, so that none works with what it knew before.
void must_find_nothing(Stage& stage, const std::string& event, Where where = Where::here()) {
  auto& client = stage.open();
  const auto publish = [&] {
    return stage.blocking([&] { return client.publish({.event = event, .message = "{}"}).get(); });
  };
  const auto refused = must_fail(publish(), Errc::not_found, "publish to what is missing and may not be made", where);
  check(refused.message.find("may not be made") != std::string::npos && !refused.hint.empty(),
        "the refusal must say why and what to do; saw " + to_text(refused), where);
  must_fail(stage.blocking([&] { return client.groups().provision({.event = event, .group = "g"}); }), Errc::not_found,
            "a group that is missing and may not be made", where);
  must_fail(publish(), Errc::not_found, "publish again: nothing may have been made", where);
}

void check_makes_nothing(Stage& stage) {
  const auto event = stage.declare("orders:new"), ordered = stage.declare_ordered("orders:by-key");
  for (const auto& one : {event, ordered})
    must(stage.client().registry().create(GroupDefinition{.product = stage.product(), .event = one, .name = "g"}),
         "group in the registry");
  set_provision(stage, "check");
  must_find_nothing(stage, event);
  must_find_nothing(stage, ordered);

  set_provision(stage, "create");
  auto& maker = stage.open();
  for (const auto& one : {event, ordered})
    must(stage.blocking([&] { return maker.groups().provision({.event = one, .group = "g"}); }), "group is made");

  set_provision(stage, "check");
  auto& client = stage.open();
  auto& got = stage.received();
  for (const auto& one : {event, ordered}) {
    must(stage.blocking([&] { return client.publish({.event = one, .message = "{}"}, {.id = one}).get(); }),
         "publish to what is there");
    stage.keep(must(stage.blocking([&] { return client.subscribe({.event = one}, {.group = "g"}, got.handler()); }),
                    "subscribe"));
  }
  stage.wait_for(got, 2);
}

}  // namespace

std::vector<Case> provision_cases() { return {{"Config", "provision: check makes nothing", {}, check_makes_nothing}}; }

}  // namespace ductape::inline v0::testing::conformance
