// SPDX-License-Identifier: Apache-2.0
// After a failed attempt: where a message waits for the next one, and how it goes to the dead letters.
#include <algorithm>

#include <ductape/units.hpp>
#include <ductape/utf8.hpp>

#include "src/model/cloud_event.h"
#include "src/pipeline/journey.h"
#include "src/pipeline/message_id.h"
#include "src/pipeline/subscription_core.h"
#include "src/policy/parking.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;
namespace journey = pipeline::journey;

// What an earlier hand-out left with it, at the provider or in attributes of ours.
void SubscriptionCore::read_journey(Held& held) {
  const Delivered& from = held.delivered;
  held.id = from.id;
  held.failures = from.failures;
  held.first_failure = from.first_failure.value_or(WallTime{});
  held.hand_outs_before.reset();
  std::optional<std::string_view> origin;
  bool is_event = false;
  for (const auto& [name, value] : from.attributes) {
    if (name == journey::origin)
      origin = value;
    else if (name == "datacontenttype")
      is_event = model::is_cloud_event(value);
  }
  if (!origin && is_event) read_event_id(held);
  if (!origin) return;
  held.id = *origin;
  // The provider knows when it came back; what counts is when it was published.
  if (const auto time = pipeline::attribute(from.attributes, "time"))
    if (const auto published = parse_time(*time)) held.delivered.published = *published;
  if (const auto attempts = pipeline::number(from.attributes, journey::attempts))
    // What the provider has stored since is the number of all of them.
    held.failures = std::max(held.failures, static_cast<std::uint32_t>(*attempts));
  if (const auto before = pipeline::number(from.attributes, journey::hand_outs))
    held.hand_outs_before = static_cast<std::uint32_t>(*before);
  if (const auto first = pipeline::number(from.attributes, journey::first_failure))
    held.first_failure = pipeline::from_milliseconds(*first);
}

// An event that its application made is known by its own id, whatever the provider calls it.
void SubscriptionCore::read_event_id(Held& held) {
  const auto body = held.delivered.body;
  auto event = model::read_cloud_event({reinterpret_cast<const char*>(body.data()), body.size()});
  if (!event) return;
  held.event_id = std::move(event->id);
  held.id = held.event_id;
}

// What was moved with its due time, on a provider that cannot keep it until then, waits here.
Millis SubscriptionCore::until_due(const Held& held) const {
  const auto due = pipeline::number(held.delivered.attributes, journey::due);
  if (!due) return Millis(0);
  return std::chrono::duration_cast<Millis>(pipeline::from_milliseconds(*due) - runtime_.wall());
}

void SubscriptionCore::fail_attempt(Held& held, std::optional<Millis> delay, std::string error) {
  if (held.failures++ == 0) held.first_failure = runtime_.wall();
  const auto next = policy::after_failure(attempts_, held.failures, delay, pipeline::random_unit());
  if (next.kind == policy::AfterFailure::dead_letter) return bury(held, "max_attempts", std::move(error));
  ++stats_.retried;
  const Millis longest = held.source->place->route->capabilities.retry_delay_max;
  const bool in_order = route().ordered && !held.key.empty();
  const auto where = policy::where_to_park(next.delay, in_order,
                                           {.provider_max = longest, .most_here = plan_.max_parked, .here = parked_});
  if (where == policy::Parking::moved) return move_to_retry(held, next.delay);
  if (where == policy::Parking::here && !closing_ && !held.source->leaving) return park(held, next.delay);
  send_back(held, {.tag = held.delivered.tag,
                   .verdict = Verdict::retry,
                   .delay = std::min(next.delay, longest),
                   .failures = held.failures,
                   .first_failure = held.first_failure});
}

void SubscriptionCore::park(Held& held, Millis delay) {
  held.state = State::parked;
  ++parked_;
  complete(std::exchange(held.completion, {}), {});
  held.timer = runtime_.at(runtime_.now() + delay, [weak = weak_from_this(), &held, generation = held.generation] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    if (held.generation != generation || held.state != State::parked) return;
    held.timer = 0;
    --self->parked_;
    self->make_ready(held);
    self->update_window();
    self->dispatch();
  });
}

bool SubscriptionCore::parked_full() const { return parked_ >= plan_.max_parked; }

// It goes round: published to the group's private address with what is known of it, and read from there.
void SubscriptionCore::move_to_retry(Held& held, Millis delay) {
  held.moved = std::make_unique<pipeline::Envelope>();
  held.moved->fill_moved(held.delivered, std::string(held.id) + "/" + std::to_string(held.failures),
                         {{std::string(journey::origin), std::string(held.id)},
                          {std::string(journey::attempts), std::to_string(held.failures)},
                          {std::string(journey::first_failure), pipeline::in_milliseconds(held.first_failure)},
                          {std::string(journey::due), pipeline::in_milliseconds(runtime_.wall() + delay)}},
                         held.source->place->retry);
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack, .moved = &held.moved->record()});
}

void SubscriptionCore::bury(Held& held, std::string_view reason, std::string error) {
  ++stats_.dead_lettered;
  tell(Notice::Kind::dead_lettered, held.id, std::string(reason) + (error.empty() ? "" : ": " + error));
  constexpr std::size_t error_most = 1024;
  // It goes in an attribute, and those are text.
  error = utf8_prefix(error, error_most);
  const auto now = runtime_.wall();
  if (held.first_failure == WallTime{}) held.first_failure = now;
  Headers diagnostics{{std::string(journey::dead_reason), std::string(reason)},
                      {std::string(journey::dead_error), std::move(error)},
                      {std::string(journey::dead_attempts), std::to_string(held.failures)},
                      {std::string(journey::dead_group), plan_.group.name},
                      {std::string(journey::dead_origin), std::string(held.id)},
                      {std::string(journey::dead_first_failure), pipeline::in_milliseconds(held.first_failure)},
                      {std::string(journey::dead_time), pipeline::in_milliseconds(now)}};
  if (held.delivered.deliveries)
    diagnostics.push_back({std::string(journey::dead_deliveries), std::to_string(*held.delivered.deliveries)});
  held.moved = std::make_unique<pipeline::Envelope>();
  held.moved->fill_moved(held.delivered, std::string(held.id) + "/" + plan_.group.name, std::move(diagnostics),
                         held.source->place->dead_letter);
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack, .moved = &held.moved->record()});
}

}  // namespace ductape::inline v0::detail
