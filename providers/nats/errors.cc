// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/errors.h"

#include <nats/nats.h>

#include <algorithm>
#include <array>

namespace ductape::inline v0::nats {
namespace {

constexpr std::string_view servers = "look at `servers` and at the server's log";
constexpr std::string_view log_in = "look at `user` and `pass`, `token` or `credentialsFile`";
constexpr std::string_view tls = "look at `tls`, `tls.ca`, `tls.certificate` and `tls.key`, and at the server's";
constexpr std::string_view rights =
    "give the user the right to publish and subscribe to the topics' subjects, $JS.API.>, $JS.ACK.>, $KV.>, _INBOX.> "
    "and "
    "_DUCTAPE.>";
constexpr std::string_view enable = "start the server with -js, or use `mode: core`, which keeps nothing";
constexpr std::string_view limits =
    "raise the limits of the server's or the account's JetStream, or remove old streams";
constexpr std::string_view later = "try again; if it stays, look at the server's log";
constexpr std::string_view provision_it = "provision it first, or look at `stream`";
constexpr std::string_view defect = "this is a defect: please report it with the native code";
constexpr std::string_view max_payload = "raise the server's max_payload, or send a reference";
constexpr std::string_view stream_limits =
    "raise the stream's max_msgs, max_bytes or max_msg_size, or let its groups catch up";

constexpr std::array table{
    NativeCode{NATS_ERR, Errc::unavailable, "the client library failed", later},
    NativeCode{NATS_PROTOCOL_ERROR, Errc::unavailable, "the server did not answer in the NATS protocol", servers},
    NativeCode{NATS_IO_ERROR, Errc::unavailable, "reading from or writing to the server failed", servers},
    NativeCode{NATS_LINE_TOO_LONG, Errc::unavailable, "the server sent a line that is too long", servers},
    NativeCode{NATS_CONNECTION_CLOSED, Errc::unavailable, "the connection is closed", servers},
    NativeCode{NATS_NO_SERVER, Errc::unavailable, "no server can be reached", servers},
    NativeCode{NATS_STALE_CONNECTION, Errc::unavailable, "the server no longer answers", servers},
    NativeCode{NATS_SECURE_CONNECTION_WANTED, Errc::invalid_argument, "TLS is wanted and the server has none", tls},
    NativeCode{NATS_SECURE_CONNECTION_REQUIRED, Errc::invalid_argument, "the server requires TLS", tls},
    NativeCode{NATS_CONNECTION_DISCONNECTED, Errc::unavailable, "the connection was lost", servers},
    NativeCode{NATS_CONNECTION_AUTH_FAILED, Errc::unauthenticated, "the log-in was refused", log_in},
    NativeCode{NATS_NOT_PERMITTED, Errc::permission_denied, "it is not permitted", rights},
    NativeCode{NATS_NOT_FOUND, Errc::not_found, "it does not exist", provision_it},
    NativeCode{NATS_ADDRESS_MISSING, Errc::invalid_argument, "an address in `servers` has no host", servers},
    NativeCode{NATS_INVALID_SUBJECT, Errc::invalid_argument, "the subject is not valid", provision_it},
    NativeCode{NATS_INVALID_ARG, Errc::invalid_argument, "the client library refused an argument", servers},
    NativeCode{NATS_INVALID_TIMEOUT, Errc::invalid_argument, "a time is not valid", "look at `reconnectTimeWait`"},
    NativeCode{NATS_SLOW_CONSUMER, Errc::unavailable, "messages came faster than they were taken", later},
    NativeCode{NATS_MAX_PAYLOAD, Errc::message_too_large, "the message is over the server's max_payload", max_payload},
    NativeCode{NATS_INSUFFICIENT_BUFFER, Errc::unavailable, "a buffer is full", later},
    NativeCode{NATS_NO_MEMORY, Errc::unavailable, "out of memory", later},
    NativeCode{NATS_SYS_ERROR, Errc::unavailable, "a system call failed", later},
    NativeCode{NATS_TIMEOUT, Errc::unavailable, "the server did not answer in time",
               "is that the port of a NATS server? Look at `servers` and at the server's log"},
    NativeCode{NATS_SSL_ERROR, Errc::unauthenticated, "TLS failed", tls},
    NativeCode{NATS_NO_SERVER_SUPPORT, Errc::unsupported, "the server is too old for it", "use NATS 2.9 or later"},
    NativeCode{NATS_DRAINING, Errc::unavailable, "the connection is being closed", later},

    NativeCode{JSAccountResourcesExceededErr, Errc::queue_full, "the account's JetStream is full", limits},
    NativeCode{JSBadRequestErr, Errc::internal, "JetStream did not understand the request", defect},
    NativeCode{JSClusterNotAvailErr, Errc::unavailable, "JetStream is not available just now", later},
    NativeCode{JSClusterNotLeaderErr, Errc::unavailable, "the server does not lead the stream", later},
    NativeCode{JSClusterNoPeersErr, Errc::unavailable, "no server can hold a replica", "look at native `replicas`"},
    NativeCode{JSConsumerCreateErr, Errc::invalid_argument, "the consumer cannot be made", later},
    NativeCode{JSConsumerNameExistErr, Errc::conflict, "a consumer of this name exists with other settings", later},
    NativeCode{JSConsumerNotFoundErr, Errc::not_found, "the group does not exist", provision_it},
    NativeCode{JSInsufficientResourcesErr, Errc::unavailable, "JetStream has not enough resources", limits},
    NativeCode{JSMaximumConsumersLimitErr, Errc::unavailable, "the account has no room for a consumer", limits},
    NativeCode{JSMaximumStreamsLimitErr, Errc::unavailable, "the account has no room for a stream", limits},
    NativeCode{JSMemoryResourcesExceededErr, Errc::queue_full, "JetStream's memory is full", limits},
    NativeCode{JSNoMessageFoundErr, Errc::not_found, "there is no such message", later},
    NativeCode{JSNotEnabledForAccountErr, Errc::unsupported, "JetStream is off for this account", enable},
    NativeCode{JSSequenceNotFoundErr, Errc::not_found, "there is no such message", later},
    NativeCode{JSStorageResourcesExceededErr, Errc::queue_full, "JetStream's disk space is full", limits},
    NativeCode{JSStreamInvalidConfig, Errc::invalid_argument, "the stream's settings are not valid",
               "look at `native`"},
    NativeCode{JSStreamLimitsErr, Errc::invalid_argument, "the stream's limits are not allowed", limits},
    NativeCode{JSStreamMessageExceedsMaximumErr, Errc::message_too_large,
               "the message is over the stream's max_msg_size", stream_limits},
    NativeCode{JSStreamNameExistErr, Errc::conflict, "a stream of this name exists with other settings",
               "look at `stream`"},
    NativeCode{JSStreamNotFoundErr, Errc::not_found, "the stream does not exist", provision_it},
    NativeCode{JSStreamNotMatchErr, Errc::conflict, "the subject belongs to another stream", "look at `stream`"},
    NativeCode{JSStreamReplicasNotSupportedErr, Errc::unsupported, "replicas need a cluster",
               "look at native `replicas`"},
    NativeCode{JSStreamSubjectOverlapErr, Errc::conflict, "another stream has the subject", "name it with `stream`"},
    NativeCode{JSStreamWrongLastSequenceErr, Errc::conflict, "somebody else was first", later},
    NativeCode{JSNotEnabledErr, Errc::unsupported, "JetStream is off", enable},
    NativeCode{JSStreamStoreFailedErr, Errc::queue_full, "the stream takes no more", stream_limits},
    NativeCode{JSConsumerStoreFailedErr, Errc::unavailable, "the consumer's state cannot be stored", later},
    NativeCode{JSConsumerMaxPendingAckExcessErr, Errc::invalid_argument, "the account limits what may wait for an ack",
               limits},
    NativeCode{JSStreamSealedErr, Errc::permission_denied, "the stream is sealed", "look at `stream`"},
    NativeCode{JSStreamMaxBytesRequiredErr, Errc::invalid_argument, "the account wants max_bytes for each stream",
               "set native `maxBytes`"},
    NativeCode{JSStreamMaxStreamBytesExceededErr, Errc::invalid_argument, "the account allows less max_bytes",
               "look at native `maxBytes`"},
    NativeCode{JSNoLimitsErr, Errc::unsupported, "JetStream has no limits for this account", enable},
};

Error from(const NativeCode& row, std::string_view thing) {
  return failure(row.code, std::string(thing) + ": " + std::string(row.what), std::string(row.hint));
}

const NativeCode* find(int native) {
  const auto row = std::ranges::find(table, native, &NativeCode::native);
  return row == table.end() ? nullptr : &*row;
}

}  // namespace

std::span<const NativeCode> native_codes() { return table; }

Error failure(Errc code, std::string message, std::string hint) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "nats"};
}

Error from_status(int status, std::string_view thing, std::string_view words) {
  const auto* row = find(status);
  auto error = row != nullptr ? from(*row, thing)
                              : failure(Errc::internal, std::string(thing) + ": the client library refused a call",
                                        std::string(defect));
  error.native = words.empty() ? natsStatus_GetText(static_cast<natsStatus>(status)) : words;
  return error;
}

Error from_jetstream(int err_code, int code, std::string_view thing, std::string_view words) {
  Error error;
  if (const auto* row = find(err_code))
    error = from(*row, thing);
  else if (code == 404)
    error = failure(Errc::not_found, std::string(thing) + ": it does not exist", std::string(provision_it));
  else if (code == 503)
    error = failure(Errc::unavailable, std::string(thing) + ": JetStream cannot do it now", std::string(later));
  else
    error = failure(Errc::invalid_argument, std::string(thing) + ": JetStream refused it: " + std::string(words));
  error.native = "JetStream " + std::to_string(err_code) + ": " + std::string(words);
  return error;
}

Error not_to_be_made(std::string_view thing) {
  return failure(Errc::not_found, std::string(thing) + " does not exist and may not be made",
                 "make it there, or let the environment have `provision: create`");
}

Error too_large(std::string_view thing, std::size_t size, std::size_t most, std::size_t max_payload) {
  const auto kept = most == max_payload
                        ? std::string()
                        : " less " + std::to_string(max_payload - most) + " for what a dead letter says";
  return from_status(NATS_MAX_PAYLOAD,
                     std::string(thing) + ": " + std::to_string(size) + " bytes with headers, where " +
                         std::to_string(most) + " may be sent (" + std::to_string(max_payload) + kept + ")",
                     {});
}

Error no_responders(std::string_view thing) {
  auto error = failure(Errc::not_found, std::string(thing) + ": no stream has this subject, or JetStream is off",
                       "provision it first, look at `stream`, or start the server with -js");
  error.native = "503 no responders";
  return error;
}

}  // namespace ductape::inline v0::nats
