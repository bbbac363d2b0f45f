// SPDX-License-Identifier: Apache-2.0
#include <ductape/topic.hpp>

#include "src/client/client_core.h"

namespace ductape::inline v0 {

std::string_view Topic::event() const noexcept { return core_->cell.event; }

Future<Receipt> Topic::publish(std::string message, PublishOptions options) {
  auto state = std::make_shared<detail::FutureState<Receipt>>();
  core_->client.publish(core_->cell, message, options, state);
  return Future<Receipt>(std::move(state));
}

void Topic::publish(std::string message, PublishOptions options, PublishCompletion completion) {
  core_->client.publish(core_->cell, message, options, std::move(completion));
}

Future<std::vector<Result<Receipt>>> Topic::publish_batch(std::vector<BatchItem> messages) {
  auto batch = std::make_shared<pipeline::Batch>(messages.size());
  auto future = batch->future;
  if (messages.empty()) {
    future->set(std::vector<Result<Receipt>>(), core_->client);
  } else {
    core_->client.publish_batch(core_->cell, std::move(messages), std::move(batch));
  }
  return Future<std::vector<Result<Receipt>>>(std::move(future));
}

Result<Subscription> Topic::subscribe_deliveries(SubscribeOptions options, detail::DeliveryHandler handler) {
  auto core = core_->client.subscribe(core_->cell, std::move(options), std::move(handler));
  if (!core) return std::move(core).error();
  return Subscription(std::move(*core));
}

}  // namespace ductape::inline v0
