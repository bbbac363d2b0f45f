// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/script_parts.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace script;

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

}  // namespace ductape::inline v0::redis
