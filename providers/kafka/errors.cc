// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/errors.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

namespace ductape::inline v0::kafka {
namespace {

namespace knob {
constexpr std::string_view brokers =
    "look at `brokers`, at the brokers' advertised.listeners, which clients are sent to, and at their logs";
constexpr std::string_view nobody =
    "look at `brokers`, and at `ssl` and `sasl`: a listener that wants TLS or a log-in closes the connection without a "
    "word";
constexpr std::string_view log_in = "look at `sasl.mechanism`, `sasl.username` and `sasl.password`";
constexpr std::string_view tls = "look at `ssl`, `tls.ca`, `tls.certificate` and `tls.key`, and at the listener's";
constexpr std::string_view listener =
    "look at `ssl` and `sasl`: the listener may want TLS or a log-in, or neither; or it is none of Kafka's";
constexpr std::string_view topic_rights =
    "give the user the ACLs Read, Write, Describe, Create and Delete on the topics, or make them yourself";
constexpr std::string_view group_rights = "give the user the ACLs Read, Describe and Delete on the groups";
constexpr std::string_view cluster_rights =
    "give the user the ACLs IdempotentWrite, Create and DescribeConfigs on the cluster";
constexpr std::string_view later = "try again; if it stays, look at the brokers' logs";
constexpr std::string_view provision = "provision it first, or look at `topic`";
constexpr std::string_view replicas = "look whether enough brokers run for the topic's min.insync.replicas";
constexpr std::string_view too_large =
    "raise the topic's max.message.bytes and the brokers' message.max.bytes, or send a reference";
constexpr std::string_view settings = "look at `partitions`, `replicationFactor` and the topic's retention";
constexpr std::string_view members = "close its members first";
constexpr std::string_view again = "its messages come again";
constexpr std::string_view defect = "this is a defect: please report it with the native code";
}  // namespace knob

constexpr std::array table{
    NativeCode{RD_KAFKA_RESP_ERR__BAD_MSG, Errc::unavailable, "what came is no Kafka message", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR__BAD_COMPRESSION, Errc::data_loss, "a message cannot be unpacked", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__DESTROY, Errc::unavailable, "the client was ended", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__FAIL, Errc::unavailable, "the client library failed", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__TRANSPORT, Errc::unavailable, "the connection failed", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, Errc::unavailable, "a system call failed", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__RESOLVE, Errc::unavailable, "the host is not known", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Errc::unavailable, "no broker took the message in time",
               knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Errc::not_found, "there is no such partition", knob::provision},
    NativeCode{RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Errc::not_found, "the topic does not exist", knob::provision},
    NativeCode{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, Errc::unavailable, "no broker can be reached", knob::nobody},
    NativeCode{RD_KAFKA_RESP_ERR__INVALID_ARG, Errc::invalid_argument, "the client library refused an argument",
               "look at `native`"},
    NativeCode{RD_KAFKA_RESP_ERR__TIMED_OUT, Errc::unavailable, "no answer in time", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR__QUEUE_FULL, Errc::unavailable, "the client's queue is full",
               "raise native `queue.buffering.max.messages`"},
    NativeCode{RD_KAFKA_RESP_ERR__ISR_INSUFF, Errc::unavailable, "too few replicas are in sync", knob::replicas},
    NativeCode{RD_KAFKA_RESP_ERR__SSL, Errc::unauthenticated, "TLS failed", knob::tls},
    NativeCode{RD_KAFKA_RESP_ERR__WAIT_COORD, Errc::unavailable, "the group has no coordinator just now", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__AUTHENTICATION, Errc::unauthenticated, "the log-in was refused", knob::log_in},
    NativeCode{RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, Errc::unsupported, "the brokers are too old for it",
               "use Kafka 2.4 or later"},
    NativeCode{RD_KAFKA_RESP_ERR__PURGE_QUEUE, Errc::unavailable, "it was taken out of the client's queue",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, Errc::outcome_unknown, "it was given up under way", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__FATAL, Errc::unavailable, "the client cannot go on and is made again", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, Errc::lost, "the group went on without this member", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR__FENCED, Errc::lost, "another client took its place", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, Errc::lost, "the group went on without this member", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR__STATE, Errc::unavailable, "the client is in no state for it", knob::later},

    NativeCode{RD_KAFKA_RESP_ERR_UNKNOWN, Errc::unavailable, "the broker failed", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, Errc::data_loss, "the log begins behind it", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_MSG, Errc::unavailable, "the message came damaged", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Errc::not_found, "the topic does not exist", knob::provision},
    NativeCode{RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Errc::unavailable, "the partition has no leader", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Errc::unavailable, "another broker leads it now",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, Errc::unavailable, "the broker did not do it in time", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, Errc::unavailable, "the broker is not available", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, Errc::unavailable, "a replica is not available",
               knob::replicas},
    NativeCode{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Errc::message_too_large,
               "the message is over the brokers' limit, the topic's max.message.bytes", knob::too_large},
    NativeCode{RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, Errc::unavailable,
               "the commit says more than the brokers keep", "raise the brokers' offset.metadata.max.bytes to 4096"},
    NativeCode{RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, Errc::unavailable, "the connection failed", knob::brokers},
    NativeCode{RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Errc::unavailable, "the coordinator starts up",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Errc::unavailable, "there is no coordinator", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Errc::unavailable, "another broker coordinates it now", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Errc::invalid_argument, "Kafka refuses the topic's name",
               "give the topic another one with `topic`; Kafka takes . and _ for the same"},
    NativeCode{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Errc::message_too_large,
               "the batch is over the topic's segment.bytes", knob::too_large},
    NativeCode{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Errc::unavailable, "too few replicas are in sync",
               knob::replicas},
    NativeCode{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, Errc::outcome_unknown,
               "it was stored on too few replicas", knob::replicas},
    NativeCode{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, Errc::lost, "the group went on without this member", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, Errc::conflict,
               "the group's other members share partitions in another way",
               "let them use partition.assignment.strategy cooperative-sticky, or another `groupId`"},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, Errc::invalid_argument, "Kafka refuses the group's name",
               "look at `groupId`"},
    NativeCode{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Errc::lost, "the group went on without this member", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, Errc::unavailable,
               "the brokers do not allow a session this short or long",
               "look at the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms"},
    NativeCode{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, Errc::unavailable, "the group shares its partitions anew",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Errc::permission_denied, "the topic is not allowed",
               knob::topic_rights},
    NativeCode{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Errc::permission_denied, "the group is not allowed",
               knob::group_rights},
    NativeCode{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Errc::permission_denied, "it is not allowed",
               knob::cluster_rights},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Errc::invalid_argument, "the message's time is refused",
               "look at the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms"},
    NativeCode{RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, Errc::unauthenticated,
               "the listener has no such mechanism", knob::log_in},
    NativeCode{RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, Errc::unauthenticated, "the listener wants no log-in, or another",
               knob::log_in},
    NativeCode{RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, Errc::unsupported, "the brokers are too old for it",
               "use Kafka 2.4 or later"},
    NativeCode{RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, Errc::already_exists, "the topic exists", knob::provision},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, Errc::invalid_argument, "the number of partitions is refused",
               knob::settings},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, Errc::invalid_argument,
               "there are too few brokers for so many replicas", knob::settings},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_CONFIG, Errc::invalid_argument, "a setting of the topic is refused",
               knob::settings},
    NativeCode{RD_KAFKA_RESP_ERR_NOT_CONTROLLER, Errc::unavailable, "another broker is the controller now",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_REQUEST, Errc::internal, "the broker did not understand the request",
               knob::defect},
    NativeCode{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Errc::permission_denied, "the brokers' policy refuses it",
               knob::settings},
    NativeCode{RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, Errc::outcome_unknown,
               "the broker lost track of this producer", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, Errc::outcome_unknown, "the broker lost track of this producer",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Errc::unavailable, "the producer is too old", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, Errc::unavailable, "the broker cannot write", knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Errc::unauthenticated, "the log-in was refused",
               knob::log_in},
    NativeCode{RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, Errc::conflict, "the group has members", knob::members},
    NativeCode{RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, Errc::not_found, "the group does not exist", knob::provision},
    NativeCode{RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED, Errc::permission_denied, "the brokers delete no topics",
               "set delete.topic.enable, or delete it yourself"},
    NativeCode{RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, Errc::unavailable, "the partition just got a leader",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, Errc::unavailable, "the partition just got a leader",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, Errc::unavailable, "the partition just got a leader",
               knob::later},
    NativeCode{RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, Errc::unavailable, "the group has as many members as it may",
               "raise the brokers' group.max.size"},
    NativeCode{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, Errc::lost, "another member has its name", knob::again},
    NativeCode{RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC, Errc::conflict, "the group has members", knob::members},
    NativeCode{RD_KAFKA_RESP_ERR_INVALID_RECORD, Errc::invalid_argument, "the topic refuses the message",
               "a compacted topic takes messages with a key only: look at its cleanup.policy"},
    NativeCode{RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Errc::throttled, "a quota of the brokers is used up",
               knob::later},
};

// Of "ssl://kafka:9092/bootstrap: Connect to ipv4#10.0.0.7:9092 failed: Connection refused (after 3ms in state
// CONNECT)": what lies between the first colon and the bracket.
std::string reason(std::string_view words) {
  const auto broker = words.substr(0, words.find(' '));
  if (broker.ends_with(':') && broker.find('/') != std::string_view::npos) words.remove_prefix(broker.size() + 1);
  words = words.substr(0, words.find(" (after "));
  std::string text(words);
  for (const std::string_view family : {"ipv4#", "ipv6#"})
    if (const auto at = text.find(family); at != std::string::npos) text.erase(at, family.size());
  return text;
}

// How far a connection without TLS and log-in had come when it was closed.
struct Sign {
  std::string_view state, what;
};
constexpr std::array signs{
    Sign{"in state APIVERSION_QUERY", "as a listener does that wants TLS"},
    Sign{"in state UP", "as a listener does that wants a log-in"},
};

const Sign* sign_in(std::string_view words) {
  if (words.find("Disconnected") == words.npos || words.find("://") != words.npos) return nullptr;
  const auto found =
      std::ranges::find_if(signs, [&](const Sign& sign) { return words.find(sign.state) != words.npos; });
  return found == signs.end() ? nullptr : &*found;
}

const NativeCode* find(int code) {
  const auto row = std::ranges::find(table, code, &NativeCode::native);
  return row == table.end() ? nullptr : &*row;
}

}  // namespace

std::span<const NativeCode> native_codes() { return table; }

Error failure(Errc code, std::string message, std::string hint) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .provider = "kafka"};
}

Error from_code(int code, std::string_view thing, std::string_view words) {
  const auto* row = find(code);
  auto error =
      row != nullptr
          ? failure(row->code, std::string(thing) + ": " + std::string(row->what), std::string(row->hint))
          : failure(Errc::unavailable, std::string(thing) + ": the brokers cannot do it now", std::string(knob::later));
  const auto native = static_cast<rd_kafka_resp_err_t>(code);
  error.native = std::string(rd_kafka_err2name(native)) + ": " +
                 (words.empty() ? std::string(rd_kafka_err2str(native)) : std::string(words));
  // Two names that Kafka takes for the same: no mistake in either.
  if (code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION && words.find("collides") != std::string_view::npos)
    error.code = Errc::conflict;
  return error;
}

Error from_connection(int code, std::string_view thing, std::string_view words) {
  auto error = from_code(code, thing, words);
  if (auto why = reason(words); !why.empty() && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    error.message += ": " + std::move(why);
  if (const auto* sign = sign_in(words); sign != nullptr) error.message += ", " + std::string(sign->what);
  if (sign_in(words) != nullptr || words.find("PLAINTEXT broker listener") != words.npos)
    error.hint = std::string(knob::listener);
  return error;
}

bool is_sign(std::string_view words) { return sign_in(words) != nullptr; }

bool refuses_connection(Errc code) { return code == Errc::unauthenticated; }

}  // namespace ductape::inline v0::kafka
