// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>
#include <string>

#include "providers/redis/command.h"
#include "providers/redis/names.h"

/// What takes several commands of the server at once is done by scripts there. Each is sent with its text, which the
/// server knows again. Times are the server's own, milliseconds since 1970. The consumer named `parked` holds what
/// waits for its next attempt.
namespace ductape::inline v0::redis {

/// The consumer in whose hands the server leaves what is parked.
inline constexpr std::string_view parked_consumer = "~parked";

/// KEYS stream, retry, wait, members, owner, counts; ARGV group, member, life of a member's word, lease if it must own
/// the group else 0. Says that the member is there, moves what is due to `retry`. Returns {1 if it may read,
/// milliseconds until the next is due or -1, how many messages the group has not finished, how many were removed before
/// it had them}.
extern const std::string beat_script;

/// KEYS stream, counts; ARGV group, member, whose (`own`, `idle` for others' after so many ms, `all`), idle, cursor,
/// most. Takes over what is pending, oldest first. Returns {cursor to go on from or '' at the end, how many are gone
/// from the stream, {id, hand-outs, fields, failures, time of the first}...}.
extern const std::string take_script;

/// KEYS stream, retry, wait, counts; ARGV group, member, whether the stream is the group's own, then for each outcome
/// its id, what
/// (`ack`; `retry` after the delay; `back`, through the retry stream; `keep`, pending where it is) and four numbers:
/// delay, failures, time of the first failure, hand-outs. Returns 1 for each that was still this member's, else 0.
extern const std::string settle_script;

/// KEYS stream, target, counts; ARGV group, member, whether the stream is the group's own, id, then fields and values.
/// Publishes and acks. Returns 1 or 0, as above.
extern const std::string move_script;

/// KEYS stream; ARGV group, member, ids... Renews their leases, uncounted. Returns 1 or 0 for each.
extern const std::string extend_script;

/// KEYS stream, members, owner; ARGV group, member, 1 if nobody of that name reads on. The member is gone.
extern const std::string part_script;

/// KEYS stream, retry; ARGV group, start, create. Returns {made..., } of 'stream', 'group', 'retry', or with create 0
/// what is missing.
extern const std::string provision_script;

/// KEYS stream, retry, dlq, wait, members, owner, counts; ARGV group. Returns 1, or 0 while it has members.
extern const std::string forget_script;

/// KEYS stream, retry, wait, members, counts; ARGV group, start (an id; `$` the end). Returns 1, or 0 while it has
/// members, or -1 if there is no such group.
extern const std::string reset_script;

/// KEYS stream, retry, wait, dlq, counts; ARGV group. Returns {waiting or -1, in flight, parked, dead, data loss, time
/// of the oldest unfinished or 0}, or nil if there is no such group.
extern const std::string inspect_script;

/// KEYS dlq, counts; ARGV group, member, lease, cursor, most. Takes dead letters in hand, oldest first. Returns
/// {cursor, {id, fields}...}.
extern const std::string take_dead_script;
/// KEYS dlq, counts; ARGV group, member, what (`purge`, `back`, `extend`), ids... Returns 1 or 0 for each.
extern const std::string settle_dead_script;
/// KEYS dlq, counts; ARGV group. Returns {free, in hands, time of the oldest or 0}.
extern const std::string inspect_dead_script;

/// EVAL of a script.
Command eval(std::string_view script, std::initializer_list<std::string_view> keys);

/// Moves the message with that id, which the member has from `from`, to where the record goes. Errors: those of
/// `encode_meta`.
Result<Command> move_command(const Place& from, const std::string& counts, const std::string& group,
                             const std::string& member, std::string_view id, const driver::Record& record);

/// Removes from a topic's stream what every group has finished and is too old or too much. The reply is 1 if the stream
/// has more bytes than it may and nothing more can go.
Command trim_command(const Place& place);

}  // namespace ductape::inline v0::redis
