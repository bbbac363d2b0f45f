// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/connection.h"

#include "providers/redis/broadcast_consumer.h"
#include "providers/redis/channel_consumer.h"
#include "providers/redis/consumer.h"
#include "providers/redis/dead_letter_consumer.h"
#include "providers/redis/publisher.h"

namespace ductape::inline v0::redis {

Connection::Connection(RedisOptions options, Access access, driver::Runtime& runtime)
    : options_(std::move(options)),
      runtime_(runtime),
      loop_(net::EventLoop::shared()),
      access_(std::make_shared<const Access>(std::move(access))),
      control_(std::make_shared<Control>(loop_, access_)) {}

Connection::~Connection() { control_->close(); }

std::unique_ptr<driver::Publisher> Connection::publisher(driver::PublishSink& sink) {
  const auto kind = keeps_messages() ? PublisherSession::Kind::stream : PublisherSession::Kind::channel;
  return std::make_unique<Publisher>(std::make_shared<PublisherSession>(loop_, access_, kind, sink));
}

std::unique_ptr<driver::Consumer> Connection::consumer(const driver::Address& from, const driver::GroupSpec& group,
                                                       driver::Millis lease, driver::ConsumeSink& sink) {
  const auto& place = place_of(from);
  if (place.role == driver::Role::dead_letter)
    return std::make_unique<DeadLetterConsumerHandle>(
        std::make_shared<DeadLetterConsumer>(loop_, access_, runtime_, place, group, lease, sink));
  if (!keeps_messages())
    return std::make_unique<UnkeptConsumerHandle>(
        std::make_shared<ChannelConsumer>(loop_, access_, presence_, runtime_, place, group, sink));
  if (group.mode == driver::GroupSpec::broadcast)
    return std::make_unique<UnkeptConsumerHandle>(
        std::make_shared<BroadcastConsumer>(loop_, access_, presence_, runtime_, place, group, sink));
  return std::make_unique<GroupConsumerHandle>(
      std::make_shared<GroupConsumer>(loop_, access_, presence_, runtime_, place, group, lease, sink));
}

}  // namespace ductape::inline v0::redis
