// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/envelope.h"
#include "providers/redis/script_parts.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace script;

const std::string beat_script = join({now, fields_of, less, entries_read, come_again, R"(
local stream, retry, wait, members, owner = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local name, member, life, own = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local group = group_of(stream, name)
if not group or not group_of(retry, name) then return redis.error_reply('NOGROUP') end
redis.call('ZREMRANGEBYSCORE', members, '-inf', now - 3600000)
redis.call('ZADD', members, now + life, member)
local may_read = 1
if own > 0 then
  local holder = redis.call('GET', owner)
  if holder and holder ~= member then
    may_read = 0
  else
    redis.call('SET', owner, member, 'PX', own)
  end
end
for _, parked in ipairs(redis.call('ZRANGEBYSCORE', wait, '-inf', now, 'LIMIT', 0, 256)) do
  local from, id, failures, first = string.match(parked, '^(%a)|([^|]+)|(%d+)|(%d+)$')
  come_again(from == 'm' and stream or retry, retry, name, id, {failures = failures, first = first, handed = ''})
  redis.call('ZREM', wait, parked)
end
local next_due = redis.call('ZRANGE', wait, 0, 0, 'WITHSCORES')[2]
local gone = 0
local all = fields_of(redis.call('XINFO', 'STREAM', stream))
local read, first = entries_read(stream, name, KEYS[6], group), all['first-entry']
if read and (not first or less(group['last-delivered-id'], first[1])) then
  gone = all['entries-added'] - read - all['length']
  if gone > 0 then
    redis.call('XGROUP', 'SETID', stream, name, group['last-delivered-id'], 'ENTRIESREAD', read + gone)
    redis.call('HSET', KEYS[6], 'read', read + gone)
    redis.call('HINCRBY', KEYS[6], 'data_loss', gone)
  end
end
return {may_read, next_due and math.max(0, next_due - now) or -1, (group['lag'] or 0) + group['pending'], gone}
)"});

const std::string take_script = R"(
local group, member, whose, idle, cursor, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local from = cursor == '' and '-' or '(' .. cursor
local taken, gone = {}, 0
for page = 1, 10 do
  local pending
  if whose == 'own' then
    pending = redis.call('XPENDING', KEYS[1], group, from, '+', 100, member)
  elseif whose == 'idle' then
    pending = redis.call('XPENDING', KEYS[1], group, 'IDLE', idle, from, '+', 100)
  else
    pending = redis.call('XPENDING', KEYS[1], group, from, '+', 100)
  end
  for _, one in ipairs(pending) do
    local id, who, count = one[1], one[2], one[4]
    cursor, from = id, '(' .. id
    if who ~= '~parked' and (whose ~= 'idle' or who ~= member) then
      local entry = redis.call('XCLAIM', KEYS[1], group, member, 0, id)[1]
      if entry and entry[2] then
        local failures, first = string.match(redis.call('HGET', KEYS[2], id) or '', '^(%d+)|(%d+)$')
        taken[#taken + 1] = {id, count + 1, entry[2], failures or '0', first or '0'}
        if #taken == most then return {cursor, gone, taken} end
      else
        redis.call('XACK', KEYS[1], group, id)
        redis.call('HINCRBY', KEYS[2], 'data_loss', 1)
        gone = gone + 1
      end
    end
  end
  if #pending < 100 then return {'', gone, taken} end
end
return {cursor, gone, taken}
)";

const std::string settle_script = join({now, fields_of, is_mine, come_again, R"(
local stream, retry, wait, counts = unpack(KEYS)
local group, member, own = ARGV[1], ARGV[2], ARGV[3]
local answers = {}
for i = 4, #ARGV, 6 do
  local id, what, delay, failures, first, handed =
      ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4], tonumber(ARGV[i + 5])
  if not is_mine(stream, group, member, id) then
    answers[#answers + 1] = 0
  else
    answers[#answers + 1] = 1
    if what == 'ack' then
      redis.call('XACK', stream, group, id)
      redis.call('HDEL', counts, id)
      if own == '1' then redis.call('XDEL', stream, id) end
    elseif what == 'keep' then
      if failures ~= '0' then redis.call('HSET', counts, id, failures .. '|' .. first) end
      redis.call('XCLAIM', stream, group, member, 0, id, 'RETRYCOUNT', math.max(0, handed - 1), 'JUSTID')
    elseif what == 'back' then
      come_again(stream, retry, group, id, {handed = tostring(math.max(0, handed - 1))})
    elseif delay == 0 then
      come_again(stream, retry, group, id, {failures = failures, first = first, handed = ''})
    else
      redis.call('XCLAIM', stream, group, '~parked', 0, id, 'JUSTID')
      redis.call('ZADD', wait, now + delay, (own == '1' and 'r' or 'm') .. '|' .. id .. '|' .. failures .. '|' .. first)
    end
  end
end
return answers
)"});

const std::string move_script = join({is_mine, R"(
local stream, target = KEYS[1], KEYS[2]
local group, member, own, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if not is_mine(stream, group, member, id) then return 0 end
redis.call('XADD', target, '*', unpack(ARGV, 5))
redis.call('XACK', stream, group, id)
redis.call('HDEL', KEYS[3], id)
if own == '1' then redis.call('XDEL', stream, id) end
return 1
)"});

const std::string extend_script = join({is_mine, R"(
local answers = {}
for i = 3, #ARGV do
  if is_mine(KEYS[1], ARGV[1], ARGV[2], ARGV[i]) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    answers[#answers + 1] = 1
  else
    answers[#answers + 1] = 0
  end
end
return answers
)"});

const std::string part_script = R"(
local stream, members, owner = KEYS[1], KEYS[2], KEYS[3]
local group, member, last = ARGV[1], ARGV[2], ARGV[3]
if last == '1' then
  redis.call('ZREM', members, member)
  if redis.call('GET', owner) == member then redis.call('DEL', owner) end
end
local all = redis.pcall('XINFO', 'CONSUMERS', stream, group)
if all.err then return 0 end
for _, one in ipairs(all) do
  local name, pending, idle = one[2], one[4], one[6]
  if pending == 0 and name ~= '~parked' and (name == member or idle > 86400000) then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, name)
  end
end
return 1
)";

Result<Command> move_command(const Place& from, const std::string& counts, const std::string& group,
                             const std::string& member, std::string_view id, const driver::Record& record) {
  std::string meta;
  if (auto written = encode_meta(record, meta); !written) return std::move(written).error();
  auto command = eval(move_script, {from.stream, place_of(*record.to).stream, counts});
  command.add(group).add(member).add(from.role == driver::Role::main ? "0" : "1").add(id);
  for (const auto part : {field::body, body_of(record), field::id, record.id, field::meta, std::string_view(meta)})
    command.add(part);
  return command;
}

}  // namespace ductape::inline v0::redis
