// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {
namespace {

// What several scripts begin with.
constexpr std::string_view now = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
)";
constexpr std::string_view fields_of = R"(
local function fields_of(list)
  local found = {}
  for i = 1, #list, 2 do found[list[i]] = list[i + 1] end
  return found
end
local function group_of(stream, name)
  local all = redis.pcall('XINFO', 'GROUPS', stream)
  if all.err then return nil end
  for _, one in ipairs(all) do
    local group = fields_of(one)
    if group['name'] == name then return group end
  end
end
)";
constexpr std::string_view less = R"(
local function less(a, b)
  local am, as = string.match(a, '^(%d+)-?(%d*)$')
  local bm, bs = string.match(b, '^(%d+)-?(%d*)$')
  if am ~= bm then return tonumber(am) < tonumber(bm) end
  if #as ~= #bs then return #as < #bs end
  return as < bs
end
)";
constexpr std::string_view is_mine = R"(
local function is_mine(stream, group, member, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  return pending and pending[2] == member
end
)";
// A message that comes again is another entry, in the group's own stream, with what is known of it.
constexpr std::string_view come_again = R"(
local function come_again(stream, retry, group, id, known)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if redis.call('XACK', stream, group, id) == 1 and entry then
    local fields = {}
    for i = 1, #entry[2], 2 do
      if known[entry[2][i]] == nil then
        fields[#fields + 1] = entry[2][i]
        fields[#fields + 1] = entry[2][i + 1]
      end
    end
    for name, value in pairs(known) do
      if value ~= '' then
        fields[#fields + 1] = name
        fields[#fields + 1] = value
      end
    end
    redis.call('XADD', retry, '*', unpack(fields))
  end
  if stream == retry then redis.call('XDEL', stream, id) end
end
)";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const auto part : parts) whole += part;
  return whole;
}

}  // namespace

const std::string beat_script = join({now, fields_of, less, come_again, R"(
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
local removed, read, first = all['max-deleted-entry-id'], group['entries-read'], all['first-entry']
if read and less(group['last-delivered-id'], removed)
    and (not first or less(group['last-delivered-id'], first[1])) then
  gone = all['entries-added'] - read - all['length']
  if gone > 0 then
    redis.call('XGROUP', 'SETID', stream, name, group['last-delivered-id'], 'ENTRIESREAD', read + gone)
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
        gone = gone + 1
      end
    end
  end
  if #pending < 100 then return {'', gone, taken} end
end
return {cursor, gone, taken}
)";

const std::string settle_script = join({now, is_mine, come_again, R"(
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

const std::string provision_script = join({fields_of, R"(
local stream, retry = KEYS[1], KEYS[2]
local group, start, create = ARGV[1], ARGV[2], ARGV[3]
local made = {}
for _, key in ipairs({stream, retry}) do
  local kind = redis.call('TYPE', key)['ok']
  if kind ~= 'none' and kind ~= 'stream' then return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind) end
end
if not group_of(stream, group) then
  if redis.call('EXISTS', stream) == 0 then made[#made + 1] = 'stream' end
  made[#made + 1] = 'group'
  if create == '1' then redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM') end
end
if not group_of(retry, group) then
  made[#made + 1] = 'retry'
  if create == '1' then redis.call('XGROUP', 'CREATE', retry, group, '0', 'MKSTREAM') end
end
return made
)"});

const std::string forget_script = join({now, R"(
local stream, retry, dlq, wait, members, owner, counts = unpack(KEYS)
if redis.call('ZCOUNT', members, now, '+inf') > 0 then return 0 end
if redis.call('EXISTS', stream) == 1 then
  redis.call('XGROUP', 'DESTROY', stream, ARGV[1])
  if redis.call('XLEN', stream) == 0 and #redis.call('XINFO', 'GROUPS', stream) == 0 then redis.call('DEL', stream) end
end
redis.call('DEL', retry, dlq, wait, members, owner, counts)
return 1
)"});

const std::string reset_script = join({now, fields_of, less, R"(
local stream, retry, wait, members, counts = unpack(KEYS)
local name, start = ARGV[1], ARGV[2]
if redis.call('ZCOUNT', members, now, '+inf') > 0 then return 0 end
local group = group_of(stream, name)
if not group then return -1 end
local at = start
if at == '$' then at = fields_of(redis.call('XINFO', 'STREAM', stream))['last-generated-id'] end
local lost = 0
if start ~= '0' then
  local from = '-'
  repeat
    local pending = redis.call('XPENDING', stream, name, from, at, 1000)
    lost = lost + #pending
    if #pending > 0 then from = '(' .. pending[#pending][1] end
  until #pending < 1000
  if less(group['last-delivered-id'], at) then
    from = '(' .. group['last-delivered-id']
    repeat
      local skipped = redis.call('XRANGE', stream, from, at, 'COUNT', 1000)
      lost = lost + #skipped
      if #skipped > 0 then from = '(' .. skipped[#skipped][1] end
    until #skipped < 1000
  end
  lost = lost + redis.call('XLEN', retry)
end
redis.call('XGROUP', 'DESTROY', stream, name)
redis.call('XGROUP', 'CREATE', stream, name, start)
redis.call('DEL', retry, wait)
redis.call('XGROUP', 'CREATE', retry, name, '0', 'MKSTREAM')
if lost > 0 then redis.call('HINCRBY', counts, 'data_loss', lost) end
return 1
)"});

const std::string inspect_script = join({fields_of, R"(
local stream, retry, wait, dlq, counts = unpack(KEYS)
local parked = redis.call('ZCARD', wait)
local waiting, pending, oldest = parked, -parked, 0
for _, key in ipairs({stream, retry}) do
  local group = group_of(key, ARGV[1])
  if not group then return false end
  pending = pending + group['pending']
  local last = '(' .. group['last-delivered-id']
  local lag = group['lag']
  if not lag then
    lag = #redis.call('XRANGE', key, last, '+', 'COUNT', 10001)
    if lag > 10000 then lag = false end
  end
  if waiting >= 0 then waiting = lag and waiting + lag or -1 end
  local first = redis.call('XPENDING', key, ARGV[1], '-', '+', 1)[1] or redis.call('XRANGE', key, last, '+', 'COUNT', 1)[1]
  if first then
    local time = tonumber(string.match(first[1], '^%d+'))
    if oldest == 0 or time < oldest then oldest = time end
  end
end
return {waiting, math.max(0, pending), parked, redis.call('XLEN', dlq), redis.call('HGET', counts, 'data_loss') or 0, oldest}
)"});

const std::string take_dead_script = R"(
local dlq, counts = KEYS[1], KEYS[2]
local group, member, lease, cursor, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local taken = {}
if redis.call('XLEN', dlq) == 0 then return {'', taken} end
redis.pcall('XGROUP', 'CREATE', dlq, group, '0')
redis.call('HSET', counts, 'hands', lease)
local from = cursor == '' and '-' or '(' .. cursor
while true do
  local page = redis.call('XRANGE', dlq, from, '+', 'COUNT', 100)
  for _, entry in ipairs(page) do
    cursor, from = entry[1], '(' .. entry[1]
    local held = redis.call('XPENDING', dlq, group, entry[1], entry[1], 1)[1]
    if not held or held[3] >= lease then
      redis.call('XCLAIM', dlq, group, member, 0, entry[1], 'FORCE', 'JUSTID')
      taken[#taken + 1] = {entry[1], entry[2]}
      if #taken >= most then return {cursor, taken} end
    end
  end
  if #page < 100 then return {'', taken} end
end
)";

const std::string settle_dead_script = join({is_mine, R"(
local dlq, counts = KEYS[1], KEYS[2]
local group, member, what = ARGV[1], ARGV[2], ARGV[3]
local answers = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  if not is_mine(dlq, group, member, id) then
    answers[#answers + 1] = 0
  else
    answers[#answers + 1] = 1
    if what == 'extend' then
      redis.call('XCLAIM', dlq, group, member, 0, id, 'JUSTID')
    else
      redis.call('XACK', dlq, group, id)
    end
    if what == 'purge' then
      redis.call('XDEL', dlq, id)
      redis.call('HINCRBY', counts, 'data_loss', 1)
    end
  end
end
return answers
)"});

const std::string inspect_dead_script = R"(
local dlq, counts = KEYS[1], KEYS[2]
local all = redis.call('XLEN', dlq)
if all == 0 then return {0, 0, 0} end
local hands = 0
local held = redis.pcall('XPENDING', dlq, ARGV[1])
if not held.err then
  hands = held[1] - #redis.call('XPENDING', dlq, ARGV[1], 'IDLE', redis.call('HGET', counts, 'hands') or 0, '-', '+', 10000)
end
return {all - hands, hands, tonumber(string.match(redis.call('XRANGE', dlq, '-', '+', 'COUNT', 1)[1][1], '^%d+'))}
)";

namespace {

const std::string trim_script = join({now, fields_of, less, R"(
local stream, age, bytes = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
if redis.call('EXISTS', stream) == 0 then return 0 end
local finished = '18446744073709551615-18446744073709551615'
for _, one in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fields_of(one)
  local first = redis.call('XPENDING', stream, group['name'])[2]
  if not first then
    local after = redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '+', 'COUNT', 1)[1]
    first = after and after[1]
  end
  if first and less(first, finished) then finished = first end
end
local function trim_to(id)
  if less(finished, id) then id = finished end
  redis.call('XTRIM', stream, 'MINID', id)
end
if age > 0 then trim_to(string.format('%.0f-0', now - age)) end
if bytes == 0 then return 0 end
local used = redis.call('MEMORY', 'USAGE', stream)
if used <= bytes then return 0 end
local surplus = math.ceil(redis.call('XLEN', stream) * (used - bytes) / used)
local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', surplus + 1)
if #oldest > 0 then trim_to(oldest[#oldest][1]) end
used = redis.call('MEMORY', 'USAGE', stream) or 0
return used > bytes and 1 or 0
)"});

}  // namespace

Command eval(std::string_view script, std::initializer_list<std::string_view> keys) {
  Command command{"EVAL", script};
  command.add(keys.size());
  for (const auto key : keys) command.add(key);
  return command;
}

Command trim_command(const Place& place) {
  auto command = eval(trim_script, {place.topic});
  command.add(place.retention_age.count()).add(place.retention_bytes);
  return command;
}

}  // namespace ductape::inline v0::redis
