// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/probe.h"

#include "providers/rabbitmq/errors.h"
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::uint16_t channel = 1, most_channels = 1'000;

}  // namespace

void Prober::ask(driver::Deadline deadline, driver::Done<driver::Probe> done) {
  loop_.post([self = shared_from_this(), deadline, done = std::move(done)]() mutable {
    if (self->closed_) return done(failure(Errc::cancelled, "the connection is closed"));
    const auto number = ++self->last_;
    auto& asked = self->asked_[number] = std::make_unique<Asked>(self->loop_);
    asked->done = std::move(done);
    asked->deadline.at(deadline, [self = self.get(), number] {
      const auto late = self->asked_.extract(number);
      if (late)
        late.mapped()->done(failure(Errc::timed_out,
                                    "rabbitmq at " + self->access_->endpoint.text() + " did not answer in time",
                                    "does the server stand still, is something in between?"));
    });
    self->connect();
    self->try_publishing();
  });
}

void Prober::connect() {
  if (!link_) link_ = std::make_unique<Link>(loop_, *access_, static_cast<Link::Sink&>(*this));
}

void Prober::ready() {
  try_publishing();
  for (const auto& [number, check] : checks_) begin(number, *check);
}

void Prober::check_publish(std::string exchange, std::string routing_key, driver::Deadline deadline,
                           driver::Done<void> done) {
  loop_.post([self = shared_from_this(), exchange = std::move(exchange), routing_key = std::move(routing_key), deadline,
              done = std::move(done)]() mutable {
    if (self->closed_) return done(failure(Errc::cancelled, "the connection is closed"));
    // Never one that the server has not closed yet.
    const auto number = self->last_check_ =
        static_cast<std::uint16_t>(self->last_check_ < most_channels ? self->last_check_ + 1 : channel + 1);
    auto& check = self->checks_[number] = std::make_unique<Check>(self->loop_);
    check->exchange = std::move(exchange);
    check->routing_key = std::move(routing_key);
    check->done = std::move(done);
    check->deadline.at(deadline, [self = self.get(), number] { self->answer(number, {}); });
    self->connect();
    if (self->link_->is_ready()) self->begin(number, *check);
  });
}

// The server looks at the rights before it looks at when the message expires.
void Prober::begin(std::uint16_t number, const Check& check) {
  if (!link_->blocked_by().empty()) return loop_.post([self = shared_from_this()] { self->answer_checks(); });
  std::string frames, properties;
  method::open_channel(frames, number);
  link_->ask(number, frames, [](const Result<Reply>&) {});
  amqp_basic_properties_t never{};
  never._flags = AMQP_BASIC_EXPIRATION_FLAG;
  never.expiration = bytes_of("never");
  encode_properties(properties, link_->frame_max(), never);
  method::publish(frames, number, check.exchange, check.routing_key);
  write_content(frames, number, link_->frame_max(), properties, {});
  link_->send(frames);
}

void Prober::answer(std::uint16_t number, const Result<void>& allowed) {
  const auto check = checks_.extract(number);
  if (check) check.mapped()->done(allowed);
}

void Prober::answer_checks() {
  for (auto& [number, check] : std::exchange(checks_, {})) check->done({});
}

void Prober::blocked(const std::string&) {
  answer_all(found());
  answer_checks();
}

void Prober::try_publishing() {
  if (asked_.empty() || !link_ || !link_->is_ready()) return;
  if (!link_->blocked_by().empty()) return answer_all(found());
  if (std::exchange(tried_, true)) return;
  std::string frames;
  if (!std::exchange(open_, true)) {
    method::open_channel(frames, channel);
    link_->ask(channel, frames, [](const Result<Reply>&) {});
    method::confirm_select(frames, channel);
    link_->ask(channel, frames, [](const Result<Reply>&) {});
  }
  amqp_basic_properties_t none{};
  std::string properties;
  encode_properties(properties, link_->frame_max(), none);
  method::publish(frames, channel, {}, "ductape.no-queue");
  write_content(frames, channel, link_->frame_max(), properties, {});
  link_->send(frames);
}

driver::Probe Prober::found() const {
  // A quorum queue has it on its disk before it confirms.
  driver::Probe probe{.survives = driver::Survives::power_loss, .server = link_->server()};
  if (!link_->blocked_by().empty())
    probe.warning = "rabbitmq takes no messages: " + link_->blocked_by() +
                    "; let groups catch up, free memory or disk, or change `vm_memory_high_watermark` or "
                    "`disk_free_limit` there";
  return probe;
}

void Prober::confirmed(std::uint16_t, std::uint64_t, bool, bool) {
  tried_ = false;
  answer_all(found());
}

// A user who may not publish to the default exchange gets an answer too.
void Prober::channel_closed(std::uint16_t number, Error why) {
  if (number != channel)
    return answer(number, why.code == Errc::permission_denied ? Result<void>(std::move(why)) : Result<void>());
  open_ = tried_ = false;
  if (why.code == Errc::permission_denied) return answer_all(found());
  answer_all(why);
}

void Prober::closed(Error why) {
  link_.reset();
  open_ = tried_ = false;
  answer_all(why);
  answer_checks();
}

void Prober::answer_all(const Result<driver::Probe>& probe) {
  for (auto& [number, asked] : std::exchange(asked_, {})) asked->done(probe);
}

void Prober::close() {
  const auto shut = [self = shared_from_this()] {
    self->closed_ = true;
    self->link_.reset();
    self->answer_all(failure(Errc::cancelled, "the connection is closed"));
    for (auto& [number, check] : std::exchange(self->checks_, {}))
      check->done(failure(Errc::cancelled, "the connection is closed"));
  };
  if (loop_.is_here()) return shut();
  loop_.post(shut);
  loop_.flush();
}

}  // namespace ductape::inline v0::rabbitmq
