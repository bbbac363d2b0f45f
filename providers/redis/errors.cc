// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/errors.h"

#include <array>

namespace ductape::inline v0::redis {
namespace {

constexpr std::array table{
    NativeCode{"WRONGPASS", Errc::unauthenticated, "refused user name and password", "check `username` and `password`"},
    NativeCode{"NOAUTH", Errc::unauthenticated, "wants a password and was given none", "set `password`"},
    NativeCode{"NOPERM", Errc::permission_denied, "does not permit this to the user",
               "let its ACL have the commands of streams, EVAL and the topic's keys"},
    NativeCode{"WRONGTYPE", Errc::conflict, "has a key of that name that is no stream",
               "give the topic another `channel`, or remove that key"},
    NativeCode{"NOGROUP", Errc::not_found, "has no such group: somebody removed it, or its data", ""},
    NativeCode{"OOM", Errc::queue_full, "is out of memory (`maxmemory`)",
               "raise `maxmemory`, shorten `retention`, or let the groups catch up"},
    NativeCode{"LOADING", Errc::unavailable, "is still loading its data", ""},
    NativeCode{"BUSY", Errc::unavailable, "is busy with a script", "look which (SLOWLOG GET); SCRIPT KILL ends it"},
    NativeCode{"READONLY", Errc::unavailable, "is a replica, which takes no messages", "name the primary as `host`"},
    NativeCode{"MASTERDOWN", Errc::unavailable, "is a replica whose primary is gone", "name the primary as `host`"},
    NativeCode{"MISCONF", Errc::unavailable, "cannot write its data to its disk and refuses messages",
               "look at its log and disk"},
    NativeCode{"NOREPLICAS", Errc::unavailable, "has fewer replicas than `min-replicas-to-write`", ""},
    NativeCode{"TRYAGAIN", Errc::unavailable, "is moving the key", ""},
    NativeCode{"CLUSTERDOWN", Errc::unavailable, "is part of a cluster that is down", ""},
    NativeCode{"MOVED", Errc::unsupported, "is part of a cluster, which this version does not speak",
               "use a single server, or a proxy in front of the cluster"},
    NativeCode{"CROSSSLOT", Errc::unsupported, "is part of a cluster, which this version does not speak",
               "use a single server, or a proxy in front of the cluster"},
    NativeCode{"EXECABORT", Errc::unavailable, "gave up a transaction", ""},
    NativeCode{"NOPROTO", Errc::unsupported, "does not speak this protocol", "use Redis 7 or newer"},
};

}  // namespace

std::span<const NativeCode> native_codes() { return table; }

Error failure(Errc code, std::string message, std::string hint) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "redis"};
}

Error not_to_be_made(const std::string& thing) {
  return failure(Errc::not_found, thing + " does not exist and may not be made",
                 "make it there, or let the environment have `provision: create`");
}

Error from_reply(std::string_view reply, const std::string& server) {
  const auto word = reply.substr(0, reply.find(' '));
  auto error = failure(Errc::internal, "redis at " + server + " refused a command of this library",
                       "this is a defect, or a server older than Redis 7: see the native text");
  // Servers before ACLs have no word of its own for it.
  const bool old_password = reply.starts_with("ERR invalid password") || reply.starts_with("ERR AUTH") ||
                            reply.starts_with("ERR Client sent AUTH");
  for (const auto& row : table) {
    if (row.word != (old_password ? "WRONGPASS" : word)) continue;
    error = failure(row.code, "redis at " + server + " " + std::string(row.what), std::string(row.hint));
    // "NOPERM this user has no permissions to run the 'xadd' command"
    if (const auto what = reply.find("no permissions to "); what != std::string_view::npos)
      error.message += ": " + std::string(reply.substr(what));
    break;
  }
  if (reply.starts_with("ERR DB index")) {
    error = failure(Errc::invalid_argument, "redis at " + server + " has no database of that number",
                    "lower `db`, or raise `databases` at the server");
  } else if (reply.starts_with("ERR max number of clients")) {
    error = failure(Errc::unavailable, "redis at " + server + " has as many clients as it takes (`maxclients`)",
                    "raise `maxclients`");
  }
  error.native = std::string(reply);
  return error;
}

}  // namespace ductape::inline v0::redis
