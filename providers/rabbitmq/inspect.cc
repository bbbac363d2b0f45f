// SPDX-License-Identifier: Apache-2.0
// Where the messages of a group are, as far as the server tells a client: what is ready in a queue. What is handed out,
// done, or waits in a tier it does not.
#include "providers/rabbitmq/connection.h"
#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

using namespace driver;

namespace {

std::string look_at(const std::string& queue) {
  std::string frame;
  method::declare_queue(frame, Control::channel, {.name = queue, .passive = true});
  return frame;
}

std::uint64_t ready(const Reply& reply) {
  return static_cast<const amqp_queue_declare_ok_t*>(reply.decoded)->message_count;
}

// What a process had that was killed just now, the server puts back a moment later.
void count_dead(const std::shared_ptr<Control>& control, Runtime& runtime, const std::string& queue,
                const std::shared_ptr<InHand>& in_hand, int looks, Done<GroupState> done) {
  constexpr Millis again(50);
  control->ask(look_at(queue), [=, &runtime, done = std::move(done)](const Result<Reply>& reply) {
    if (!reply) return done(reply.error());
    const GroupState found{.waiting = ready(*reply), .in_flight = in_hand->of(queue)};
    if (found.waiting > 0 || looks == 0) return done(found);
    runtime.at(runtime.now() + again, [=, &runtime] { count_dead(control, runtime, queue, in_hand, looks - 1, done); });
  });
}

}  // namespace

void Connection::inspect(const Address& at, std::string_view group, Done<GroupState> done) {
  const auto& place = place_of(at);
  if (place.role == Role::dead_letter) {
    const auto queue = dead_letter_queue_of(place, place.group);
    constexpr int looks = 4;
    return count_dead(control_, runtime_, queue, in_hand_, looks, std::move(done));
  }
  control_->ask(look_at(queue_of(place, group)),
                [control = control_, dead = dead_letter_queue_of(place, group), done = std::move(done),
                 group = std::string(group), topic = place.topic](const Result<Reply>& reply) {
                  if (!reply && reply.error().code == Errc::not_found)
                    return done(failure(Errc::not_found, "group " + group + " of " + topic + " does not exist"));
                  if (!reply) return done(reply.error());
                  control->ask(look_at(dead), [done, waiting = ready(*reply)](const Result<Reply>& other) {
                    if (!other && other.error().code != Errc::not_found) return done(other.error());
                    GroupState found{.waiting = waiting};
                    if (other) found.dead = ready(*other);
                    done(found);
                  });
                });
}

}  // namespace ductape::inline v0::rabbitmq
