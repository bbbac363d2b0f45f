// SPDX-License-Identifier: Apache-2.0
// What this server gives.
#include "providers/redis/connection.h"

namespace ductape::inline v0::redis {

using namespace driver;

namespace {

std::string_view value_of(std::string_view info, std::string_view name) {
  for (std::size_t at = 0; at < info.size();) {
    const auto end = std::min(info.find("\r\n", at), info.size());
    const auto line = info.substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    at = end + 2;
  }
  return {};
}

Probe read(std::string_view info, bool syncs_each_write) {
  Probe found{.server = "redis " + std::string(value_of(info, "redis_version"))};
  if (value_of(info, "aof_enabled") != "1") {
    found.warning =
        "redis keeps messages in memory only, and loses them when it stops: set `appendonly yes` at the server";
  } else if (value_of(info, "aof_last_write_status") == "err") {
    found.warning = "redis could not write its append-only file: look at its log and disk";
  } else {
    found.survives = syncs_each_write ? Survives::power_loss : Survives::process_crash;
  }
  const auto policy = value_of(info, "maxmemory_policy");
  if (found.warning.empty() && value_of(info, "maxmemory") != "0" && policy != "noeviction")
    found.warning = "redis may throw messages away when its memory is full (`maxmemory-policy " + std::string(policy) +
                    "`): set it to `noeviction`";
  if (value_of(info, "role") == "slave") found.warning = "redis is a replica and takes no messages: name the primary";
  return found;
}

/// What is said to a publish, without one: to a key that is not there, which makes none. Whose keys the user may touch
/// depends on the topic.
void try_publishing(Control& control, Probe found, Deadline deadline, Done<Probe> done) {
  control.ask(
      {"XADD", "ductape:no-topic", "NOMKSTREAM", "*", "", ""},
      [found = std::move(found), done = std::move(done)](const Result<Reply>& reply) mutable {
        const bool key = !reply && reply.error().native.find("key") != std::string::npos;
        if (reply || key || reply.error().code == Errc::unavailable) return done(std::move(found));
        if (reply.error().code != Errc::queue_full) return done(reply.error());
        found.warning = reply.error().message + ": " + reply.error().hint;
        done(std::move(found));
      },
      deadline);
}

}  // namespace

void Connection::probe(Deadline deadline, Done<Probe> done) {
  control_->ask(
      {"INFO"},
      [control = control_, deadline, lossy = !keeps_messages(), done = std::move(done)](Result<Reply> reply) {
        if (!reply) return done(std::move(reply).error());
        // Who may not read the configuration is told the lesser.
        control->ask(
            {"CONFIG", "GET", "appendfsync"},
            [control, deadline, lossy, done, info = *reply](Result<Reply> answer) {
              const bool always = answer && ReplyView(answer->get())[1].text() == "always";
              auto found = read(ReplyView(info.get()).text(), always);
              if (!lossy) return try_publishing(*control, std::move(found), deadline, done);
              done(Probe{.survives = Survives::nothing, .server = std::move(found.server)});
            },
            deadline);
      },
      deadline);
}

}  // namespace ductape::inline v0::redis
