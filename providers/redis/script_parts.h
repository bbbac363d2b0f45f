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
// A message that comes again is another entry, in the group's own stream, with what is known of it.
inline constexpr std::string_view come_again = R"(
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

inline std::string join(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const auto part : parts) whole += part;
  return whole;
}

}  // namespace ductape::inline v0::redis::script
