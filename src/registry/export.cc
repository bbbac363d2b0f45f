// SPDX-License-Identifier: Apache-2.0
#include "src/registry/export.h"

#include "src/model/objects.h"

namespace ductape::inline v0::registry {

using model::Json;

Json document_of(const ProductEntry& product) {
  Json brokers = Json::array();
  for (const auto& [tag, broker] : product.brokers) {
    Json topics = Json::array();
    for (const auto& [topic_tag, topic] : broker.topics) {
      Json groups = Json::array();
      for (const auto& [name, group] : topic.groups) {
        auto one = model::to_json(*group);
        one.erase("event");  // it stands below its topic
        groups.push_back(std::move(one));
      }
      auto one = model::to_json(*topic.topic);
      if (!groups.empty()) one["groups"] = std::move(groups);
      topics.push_back(std::move(one));
    }
    auto one = model::to_json(*broker.broker);
    if (!topics.empty()) one["topics"] = std::move(topics);
    brokers.push_back(std::move(one));
  }
  return {{"product", product.product->tag}, {"brokers", std::move(brokers)}};
}

}  // namespace ductape::inline v0::registry
