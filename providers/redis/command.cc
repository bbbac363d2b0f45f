// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/command.h"

#include <cstring>

namespace ductape::inline v0::redis {
namespace {

constexpr std::size_t most_of_length = 24;

char* write_length(char kind, std::size_t length, char* at) {
  *at++ = kind;
  at = std::to_chars(at, at + most_of_length, length).ptr;
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

char* write_argument(std::string_view argument, char* at) {
  at = write_length('$', argument.size(), at);
  if (!argument.empty()) std::memcpy(at, argument.data(), argument.size());
  at += argument.size();
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

// Grows by the most that it may be, and shrinks to what `write` says it is.
template <class Write>
void append(std::size_t most, std::string& out, Write write) {
  const auto before = out.size();
  out.resize(before + most);
  out.resize(static_cast<std::size_t>(write(out.data() + before) - out.data()));
}

std::size_t most_of(std::string_view argument) { return argument.size() + most_of_length + 8; }

}  // namespace

Command& Command::add(std::string_view argument) {
  append(most_of(argument), arguments_, [&](char* at) { return write_argument(argument, at); });
  ++count_;
  return *this;
}

void Command::write_to(std::string& out) const {
  append(most_of({}), out, [&](char* at) { return write_length('*', count_, at); });
  out += arguments_;
}

void write_command(std::initializer_list<std::string_view> arguments, std::string& out) {
  auto most = most_of({});
  for (const auto argument : arguments) most += most_of(argument);
  append(most, out, [&](char* at) {
    at = write_length('*', arguments.size(), at);
    for (const auto argument : arguments) at = write_argument(argument, at);
    return at;
  });
}

}  // namespace ductape::inline v0::redis
