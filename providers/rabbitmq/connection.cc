// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/connection.h"

#include "providers/rabbitmq/consumer.h"
#include "providers/rabbitmq/dead_letter_consumer.h"
#include "providers/rabbitmq/publisher.h"

namespace ductape::inline v0::rabbitmq {

Connection::Connection(RabbitmqOptions options, Access access, driver::Runtime& runtime)
    : options_(std::move(options)),
      runtime_(runtime),
      loop_(net::EventLoop::shared()),
      access_(std::make_shared<const Access>(std::move(access))),
      publishing_(std::make_shared<Trunk>(loop_, access_)),
      reading_(std::make_shared<Trunk>(loop_, access_)),
      control_(std::make_shared<Control>(loop_, reading_)),
      prober_(std::make_shared<Prober>(loop_, access_)) {}

Connection::~Connection() {
  control_->close();
  prober_->close();
  const auto shut = [publishing = publishing_, reading = reading_] {
    publishing->shut();
    reading->shut();
  };
  if (loop_.is_here()) {
    shut();
  } else {
    loop_.post(shut);
    loop_.flush();
  }
}

std::unique_ptr<driver::Publisher> Connection::publisher(driver::PublishSink& sink) {
  return std::make_unique<Publisher>(
      std::make_shared<PublisherSession>(loop_, publishing_, control_, broadcasts_, runtime_, sink));
}

std::unique_ptr<driver::Consumer> Connection::consumer(const driver::Address& from, const driver::GroupSpec& group,
                                                       driver::Millis, driver::ConsumeSink& sink) {
  const auto& place = place_of(from);
  if (place.role == driver::Role::dead_letter)
    return std::make_unique<DeadLetterConsumerHandle>(std::make_shared<DeadLetterConsumer>(
        loop_, reading_, in_hand_, runtime_, dead_letter_queue_of(place, place.group), sink));
  return std::make_unique<QueueConsumerHandle>(
      std::make_shared<QueueConsumer>(loop_, reading_, broadcasts_, runtime_, place, group, sink));
}

// What a group is sent again, and its dead letters, go through the default exchange.
void Connection::check_publish(const driver::Address& to, driver::Deadline deadline, driver::Done<void> done) {
  const auto& place = place_of(to);
  if (place.role == driver::Role::main)
    return prober_->check_publish(place.exchange, place.routing_key, deadline, std::move(done));
  const auto queue =
      place.role == driver::Role::retry ? queue_of(place, place.group) : dead_letter_queue_of(place, place.group);
  prober_->check_publish({}, queue, deadline, std::move(done));
}

void Connection::probe(driver::Deadline deadline, driver::Done<driver::Probe> done) {
  prober_->ask(deadline, std::move(done));
}

}  // namespace ductape::inline v0::rabbitmq
