// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

/// What several scripts begin with.
namespace ductape::inline v0::redis::script {

inline constexpr std::string_view now = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
)";
inline constexpr std::string_view fields_of = R"(
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
inline constexpr std::string_view less = R"(
local function less(a, b)
  local am, as = string.match(a, '^(%d+)-?(%d*)$')
  local bm, bs = string.match(b, '^(%d+)-?(%d*)$')
  if am ~= bm then return tonumber(am) < tonumber(bm) end
  if #as ~= #bs then return #as < #bs end
  return as < bs
end
)";
inline constexpr std::string_view is_mine = R"(
local function is_mine(stream, group, member, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  return pending and pending[2] == member
end
)";
// How many entries of the stream the group has had. An append-only file and a replica do not know it (Redis 7.0): after
// a restart the server goes on counting from an old number, and with it go lag and gaps. So the number is kept beside
// the place that it belongs to, and put right when another run of a server is met.
inline constexpr std::string_view entries_read = R"(
local function entries_read(stream, name, counts, group)
  local server = redis.pcall('INFO', 'server')
  local run = type(server) == 'string' and string.match(server, 'run_id:(%w+)') or ''
  local read, at = group['entries-read'], group['last-delivered-id']
  local kept = redis.call('HMGET', counts, 'read', 'read_at', 'run')
  if not read or read == tonumber(kept[1] or '') and at == kept[2] and run == kept[3] then return read end
  if kept[1] and run ~= kept[3] then
    local had, from = tonumber(kept[1]), '(' .. kept[2]
    repeat
      local more = redis.call('XRANGE', stream, from, at, 'COUNT', 1000)
      had = had + #more
      if #more > 0 then from = '(' .. more[#more][1] end
    until #more < 1000
    if had ~= read then
      redis.call('XGROUP', 'SETID', stream, name, at, 'ENTRIESREAD', had)
      if group['lag'] then group['lag'] = group['lag'] + read - had end
      read = had
    end
  end
  redis.call('HSET', counts, 'read', read, 'read_at', at, 'run', run)
  return read
end
)";
// A message that comes again is another entry, in the group's own stream, with what is known of it. Somebody else's
// fields are marked, so that ours beside them are told apart, and its id stays what it was.
inline constexpr std::string_view come_again = R"(
local function come_again(stream, retry, group, id, known)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if redis.call('XACK', stream, group, id) == 1 and entry then
    local fields, found = {}, fields_of(entry[2])
    local foreign = stream ~= retry and not found['body']
    for i = 1, #entry[2], 2 do
      if foreign or known[entry[2][i]] == nil then
        fields[#fields + 1] = (foreign and '=' or '') .. entry[2][i]
        fields[#fields + 1] = entry[2][i + 1]
      end
    end
    if foreign or not found['id'] then
      fields[#fields + 1] = 'id'
      fields[#fields + 1] = id
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

inline std::string join(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const auto part : parts) whole += part;
  return whole;
}

}  // namespace ductape::inline v0::redis::script
