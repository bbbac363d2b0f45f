// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/probe.h"

#include <algorithm>

#include "providers/nats/envelope.h"
#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {
namespace {

using driver::Survives;

constexpr driver::Millis answers_in{2'000};

driver::Probe verdict(const Link& link, std::string_view storage, std::int64_t replicas) {
  driver::Probe found{.survives = survives(storage, replicas), .server = "nats at " + link.servers()};
  if (found.survives == Survives::nothing)
    found.warning = "the stream is kept in memory; set native `storage: file`, or let the stream be made with it";
  return found;
}

Error describe(Error why, const Link& link) {
  if (why.code != Errc::outcome_unknown) return why;
  auto late = failure(Errc::timed_out, "NATS at " + link.servers() + " did not answer in time",
                      "look at the server's log, and whether the user has the right to publish to $JS.API.>");
  late.native = why.native;
  return late;
}

}  // namespace

Survives survives(std::string_view storage, std::int64_t replicas) {
  if (replicas >= 3) return Survives::replica_loss;
  return storage == "file" ? Survives::process_crash : Survives::nothing;
}

void probe(std::shared_ptr<Link> link, const StreamSettings& settings, driver::Deadline deadline,
           driver::Done<driver::Probe> done) {
  link->ask("$JS.API.INFO", {}, {}, deadline, [=, done = std::move(done)](Result<MessagePtr> message) {
    if (!message) return done(describe(std::move(message).error(), *link));
    const auto info = read_answer(std::move(message), "JetStream at " + link->servers());
    if (!info && info.error().code != Errc::unsupported && info.error().code != Errc::not_found)
      return done(info.error());
    if (!info)
      return done(driver::Probe{.survives = Survives::nothing,
                                .server = "nats at " + link->servers(),
                                .warning = "JetStream is off, so no message is kept; start the server with -js, or "
                                           "enable it for the account"});
    const auto& named = link->options().stream;
    if (named.empty()) return done(verdict(*link, settings.storage, settings.replicas));
    link->ask("$JS.API.STREAM.INFO." + named, {}, {}, deadline, [=](Result<MessagePtr> answer) {
      if (!answer) return done(describe(std::move(answer).error(), *link));
      const auto stream = read_answer(std::move(answer), "stream " + named);
      if (!stream && stream.error().code != Errc::not_found) return done(stream.error());
      // One that is not there yet is made with our settings.
      if (!stream) return done(verdict(*link, settings.storage, settings.replicas));
      const auto& config = stream->at("config");
      done(verdict(*link, config.value("storage", "file"), config.value("num_replicas", std::int64_t{1})));
    });
  });
}

void check_publish(const std::shared_ptr<Link>& link, const Place& place, driver::Deadline deadline,
                   driver::Done<void> done) {
  std::string header;
  add_header_line("Nats-Expected-Stream", "ductape-doctor-asks-whether-this-is-permitted", header);
  // Every other answer, that no stream has the subject as well, is one of who had the message.
  link->ask(place.subject, {}, header, std::min(deadline, link->runtime().now() + answers_in),
            [done = std::move(done)](const Result<MessagePtr>& answer) {
              if (!answer && answer.error().code == Errc::permission_denied) return done(answer.error());
              done({});
            });
}

}  // namespace ductape::inline v0::nats
