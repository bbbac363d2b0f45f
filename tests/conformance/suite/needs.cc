// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/fault.hpp>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance::needs {
namespace {

void refuses(Stage& stage, const std::string& what, SubscribeOptions options, Errc code = Errc::unsupported) {
  const auto event = stage.declare("refused:" + what);
  options.group = "g";
  auto result = stage.client().subscribe({.event = event}, std::move(options), [](const Message&) {});
  const bool named = !result && !result.error().message.empty();
  must_fail(std::move(result), code, stage.provider() + " declares no " + what + ", so subscribe");
  check(named, "the refusal must say what cannot be done");
}

void refuses_second_group(Stage& stage) {
  const auto event = stage.declare("refused:second-group");
  stage.subscribe(event, {.group = "first"}, [](const Message&) {});
  const auto second = stage.client().subscribe({.event = event}, {.group = "second"}, [](const Message&) {});
  if (second || (second.error().code != Errc::unsupported && second.error().code != Errc::conflict))
    fail("a second group where one is all there is: expected unsupported or conflict, saw " +
         (second ? std::string("success") : to_text(second.error())));
}

void refuses_without_group(Stage& stage) {
  const auto event = stage.declare("refused:no-group");
  auto result = stage.client().publish({.event = event, .message = "{}"}).get_for(milliseconds(15'000));
  if (result) fail("publish to a topic without a group: expected TOPIC_HAS_NO_GROUP, saw success");
  check_equal(std::string(result.error().name()), "TOPIC_HAS_NO_GROUP", "publish to a topic without a group");
}

void stores_both(Stage& stage) {
  const auto event = stage.declare("refused:dedup");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  stage.publish(event, "1", {.id = "same"});
  check_equal(stage.publish(event, "2", {.id = "same"}).deduplicated, false,
              "deduplicated where the provider declares no deduplication");
}

void lag_is_empty(Stage& stage) {
  const auto event = stage.declare("refused:lag");
  stage.subscribe(event, {.group = "g"}, [](const Message&) {});
  check(!stage.show(event, "g").lag, "lag must be empty where the provider declares that it is not known");
}

}  // namespace

const Need many_groups{"several groups on one topic", [](const Stage& stage) { return stage.can().many_groups; },
                       refuses_second_group};
const Need replay{"a group that starts in the past", [](const Stage& stage) { return stage.can().replay; },
                  [](Stage& stage) { refuses(stage, "replay", {.from = "earliest"}); }};
const Need broadcast{"broadcast", [](const Stage& stage) { return stage.can().broadcast; },
                     [](Stage& stage) { refuses(stage, "broadcast", {.mode = Mode::broadcast}); }};
const Need exclusive{"exclusive groups", [](const Stage& stage) { return stage.can().exclusive; },
                     [](Stage& stage) { refuses(stage, "exclusive", {.mode = Mode::exclusive}); }};
const Need keeps_without_group{"keeping messages without a group",
                               [](const Stage& stage) { return stage.can().keeps_without_group; },
                               refuses_without_group};
const Need dedup{"deduplication by id", [](const Stage& stage) { return stage.can().dedup; }, stores_both};
const Need lag{"a known lag", [](const Stage& stage) { return stage.can().lag_known; }, lag_is_empty};
const Need long_handlers{"handlers that outlive a lease",
                         [](const Stage& stage) { return stage.can().lease != driver::Lease::fixed; }};
const Need processes{"a server that several processes share",
                     [](const Stage& stage) { return !stage.harness().address().empty(); }};
const Need server_faults{"a server that can be stopped, frozen and cut off",
                         [](const Stage& stage) { return stage.harness().faults() != nullptr; }};
const Need survives{"a server that keeps messages when it ends", [](const Stage& stage) {
                      return stage.harness().faults()->survives() != driver::Survives::nothing;
                    }};
const Need network{"a server at a host and a port",
                   [](const Stage& stage) { return !stage.harness().config_at("localhost", 1).empty(); }};
const Need crash_points{"a build with crash points", [](const Stage&) { return driver::has_fault_points(); }};

}  // namespace ductape::inline v0::testing::conformance::needs
