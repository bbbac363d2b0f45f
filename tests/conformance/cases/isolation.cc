// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

struct Place {
  std::string event, product, env;
};

// One group of the same name in each place, one message into each: nobody sees another's.
void isolated(Stage& stage, const std::vector<Place>& places) {
  std::vector<Received*> got;
  for (const auto& place : places) {
    stage.declare(place.event, {.product = place.product});
    got.push_back(&stage.received());
    stage.keep(must(stage.client().subscribe({.event = place.event, .product = place.product, .env = place.env},
                                             {.group = "same"}, got.back()->handler()),
                    "subscribe to " + place.event + " of " + place.product + " in " + place.env));
  }
  const auto name = [](const Place& place) { return place.product + "/" + place.env + "/" + place.event; };
  for (const auto& place : places)
    must(stage.client()
             .publish({.event = place.event, .message = name(place), .product = place.product, .env = place.env})
             .get_for(milliseconds(15'000)),
         "publish to " + name(place));
  for (const auto* one : got) stage.wait_for(*one, 1);
  stage.rest();
  for (std::size_t i = 0; i < places.size(); ++i)
    check_equal(got[i]->bodies(), std::vector<std::string>{name(places[i])}, "what arrived at " + name(places[i]));
}

void topics(Stage& stage) {
  const auto& product = stage.product();
  isolated(stage, {{"orders:new", product, "dev"}, {"orders:new-2", product, "dev"}, {"orders2:new", product, "dev"}});
}

void products(Stage& stage) {
  isolated(stage, {{"orders:new", stage.product(), "dev"}, {"orders:new", stage.product() + "-2", "dev"}});
}

void environments(Stage& stage) {
  isolated(stage, {{"orders:new", stage.product(), "dev"}, {"orders:new", stage.product(), "staging"}});
}

}  // namespace

std::vector<Case> isolation_cases() {
  return {{"Basic", "topics are apart", {}, topics},
          {"Basic", "products are apart", {}, products},
          {"Basic", "environments are apart", {}, environments}};
}

}  // namespace ductape::inline v0::testing::conformance
