// SPDX-License-Identifier: Apache-2.0
#include "src/registry/merge.h"

#include <ductape/providers.hpp>

#include "src/model/in_quotes.h"
#include "src/model/objects.h"

namespace ductape::inline v0::registry {
namespace {

using model::Fields;
using model::in_quotes;
using model::Json;

// A partial object need not say whose part it is.
Json named(const Json& partial, std::string_view tag) {
  Json whole = partial;
  if (whole.is_object() && !whole.contains("tag")) whole["tag"] = tag;
  return whole;
}

Result<void> merge(const Json& partial, auto& object, auto&& place) {
  std::optional<Error> problem;
  const auto before = place(object);
  Fields fields(partial, "", problem);
  model::read(fields, object);
  fields.end();
  if (!problem && place(object) != before)
    fields.fail(fields.path("tag"), "the object is " + in_quotes(before) + " and cannot become " +
                                        in_quotes(place(object)) + ": make another one");
  if (problem) return std::move(*problem);
  return {};
}

}  // namespace

Result<Broker> merge_broker(Edit& edit, std::string_view product, std::string_view tag, const Json& partial) {
  const auto found = find_broker(edit.catalog(), product, tag);
  if (!found) return found.error();
  auto broker = *(*found)->broker;
  const auto place = [](const Broker& one) { return one.product + "/" + one.tag; };
  if (auto done = merge(named(partial, tag), broker, place); !done) return std::move(done).error();
  return edit.update(std::move(broker));
}

Result<TopicDefinition> merge_topic(Edit& edit, std::string_view product, std::string_view event, const Json& partial) {
  const auto found = find_topic(edit.catalog(), product, event);
  if (!found) return found.error();
  auto topic = *(*found)->topic;
  const auto place = [](const TopicDefinition& one) { return one.product + "/" + one.event(); };
  if (auto done = merge(named(partial, event), topic, place); !done) return std::move(done).error();
  return edit.update(std::move(topic));
}

}  // namespace ductape::inline v0::registry
