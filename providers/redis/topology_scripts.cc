// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/script_parts.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace script;

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
  if create == '1' then
    local read
    if start == '0' then
      read = 0
    elseif start == '$' then
      local all = redis.pcall('XINFO', 'STREAM', stream)
      read = all.err and 0 or fields_of(all)['entries-added']
    end
    if read then
      redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM', 'ENTRIESREAD', read)
    else
      redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM')
    end
  end
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
redis.call('HDEL', counts, 'read', 'read_at', 'run')
redis.call('DEL', retry, wait)
redis.call('XGROUP', 'CREATE', retry, name, '0', 'MKSTREAM')
if lost > 0 then redis.call('HINCRBY', counts, 'data_loss', lost) end
return 1
)"});

const std::string inspect_script = join({fields_of, entries_read, R"(
local stream, retry, wait, dlq, counts = unpack(KEYS)
local parked = redis.call('ZCARD', wait)
local waiting, pending, oldest = parked, -parked, 0
for _, key in ipairs({stream, retry}) do
  local group = group_of(key, ARGV[1])
  if not group then return false end
  if key == stream then entries_read(stream, ARGV[1], counts, group) end
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
