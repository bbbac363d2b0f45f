// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/errors.h"

#include <array>

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::string_view log_in = "check `username` and `password`, or those in `url`";
constexpr std::string_view rights =
    "give the user configure, write and read rights to the exchange, its queues and amq.default: rabbitmqctl "
    "set_permissions";
constexpr std::string_view defect = "this is a defect: please report it with the native text";
constexpr std::string_view later = "look at the server's log";

constexpr std::array table{
    NativeCode{311, "", Errc::message_too_large, "refuses a message of that size", "raise `max_message_size` there"},
    NativeCode{312, "", Errc::not_found, "has no queue for the message", "make a group of the topic"},
    NativeCode{313, "", Errc::unavailable, "has no consumer for the message", later},
    NativeCode{320, "", Errc::unavailable, "closed the connection: it stops, or somebody asked it to", later},
    NativeCode{402, "", Errc::not_found, "has no such virtual host",
               "check `vhost`, or make it: rabbitmqctl add_vhost"},
    NativeCode{403, "Login was refused", Errc::unauthenticated, "refused user name and password", log_in},
    NativeCode{403, "login refused", Errc::unauthenticated, "refused user name and password", log_in},
    NativeCode{403, "exclusive", Errc::conflict, "lets somebody else alone read the queue", "stop that consumer"},
    NativeCode{403, "", Errc::permission_denied, "does not permit this to the user", rights},
    NativeCode{404, "no exchange", Errc::not_found, "has no such exchange", "check `exchange`, or provision the group"},
    NativeCode{404, "no queue", Errc::not_found, "has no such queue", "check `queue`, or provision the group"},
    NativeCode{404, "", Errc::not_found, "does not have what was asked for", "provision the group"},
    NativeCode{405, "", Errc::conflict, "has a queue of that name which belongs to one connection",
               "set another `queue`"},
    NativeCode{406, "acknowledgement", Errc::unavailable, "took messages back that were handled for too long",
               "set `handler_timeout` below the server's consumer_timeout, or raise that"},
    NativeCode{406, "message size", Errc::message_too_large, "refuses a message of that size",
               "raise `max_message_size` there, or send a reference"},
    NativeCode{406, "unknown delivery tag", Errc::lost, "no longer has the delivery", ""},
    NativeCode{406, "inequivalent arg", Errc::conflict, "has it with other settings",
               "remove it there, or name another one: `exchange`, `queue`"},
    NativeCode{406, "in use", Errc::conflict, "says that it is in use", ""},
    NativeCode{406, "", Errc::conflict, "refused what was asked for", "see the native text"},
    NativeCode{501, "", Errc::internal, "could not read a frame", defect},
    NativeCode{502, "", Errc::internal, "could not read a method", defect},
    NativeCode{503, "", Errc::internal, "did not expect a method", defect},
    NativeCode{504, "", Errc::internal, "has no such channel", defect},
    NativeCode{505, "", Errc::internal, "did not expect a frame", defect},
    NativeCode{506, "", Errc::unavailable, "is out of resources", later},
    NativeCode{530, "not found", Errc::not_found, "has no such virtual host",
               "check `vhost`, or make it: rabbitmqctl add_vhost"},
    NativeCode{530, "access to vhost", Errc::permission_denied, "does not let the user into the virtual host",
               "rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'"},
    NativeCode{530, "is down", Errc::unavailable, "has the virtual host, but it is down", later},
    NativeCode{530, "limit", Errc::unavailable, "has as many connections as it takes", "raise that limit there"},
    NativeCode{530, "", Errc::permission_denied, "does not allow this", "see the native text"},
    NativeCode{540, "", Errc::unsupported, "does not know how to do this", "use RabbitMQ 3.10 or newer"},
    NativeCode{541, "", Errc::unavailable, "failed", later},
};

}  // namespace

std::span<const NativeCode> native_codes() { return table; }

Error failure(Errc code, std::string message, std::string hint) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "rabbitmq"};
}

Error from_close(std::uint16_t code, std::string_view text, const std::string& server) {
  auto error =
      failure(Errc::internal, "rabbitmq at " + server + " gave a reason that is not known", std::string(defect));
  for (const auto& row : table) {
    if (row.code != code || text.find(row.words) == std::string_view::npos) continue;
    error = failure(row.meaning, "rabbitmq at " + server + " " + std::string(row.what), std::string(row.hint));
    break;
  }
  // "NOT_FOUND - no queue 'x' in vhost '/'": what is behind the word names the thing.
  if (const auto dash = text.find(" - "); dash != std::string_view::npos)
    error.message += ": " + std::string(text.substr(dash + 3));
  error.native = std::to_string(code) + " " + std::string(text);
  return error;
}

Error no_group(std::string_view exchange, std::string_view routing_key) {
  auto error = failure(Errc::not_found,
                       "exchange " + std::string(exchange) + " has no queue for \"" + std::string(routing_key) +
                           "\", and rabbitmq drops what has none",
                       "make a group first: `ductape group create`, `apply`, or the first subscribe");
  error.documented = "TOPIC_HAS_NO_GROUP";
  return error;
}

}  // namespace ductape::inline v0::rabbitmq
