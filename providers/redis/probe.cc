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

}  // namespace

void Connection::probe(Deadline deadline, Done<Probe> done) {
  control_->ask(
      {"INFO"},
      [control = control_, deadline, lossy = !keeps_messages(), done = std::move(done)](Result<Reply> reply) {
        if (!reply) return done(std::move(reply).error());
        // Who may not read the configuration is told the lesser.
        control->ask(
            {"CONFIG", "GET", "appendfsync"},
            [lossy, done, info = *reply](Result<Reply> answer) {
              const bool always = answer && ReplyView(answer->get())[1].text() == "always";
              auto found = read(ReplyView(info.get()).text(), always);
              if (lossy) found = {.survives = Survives::nothing, .server = std::move(found.server)};
              done(std::move(found));
            },
            deadline);
      },
      deadline);
}

}  // namespace ductape::inline v0::redis
