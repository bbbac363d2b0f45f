// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/outbox.h"

#include <cstring>

namespace ductape::inline v0::nats {
namespace {

constexpr std::size_t most_kept = 1 << 20;  // of what a burst needed

}  // namespace

void Outbox::add_text(std::string_view text) {
  bytes_ += text;
  bytes_ += '\0';
}

// The library copies each header several times and keeps it in a table, which costs more than all else it does with a
// message. It writes a name as it is; so all lines go as one header, whose name ends before the last value.
void Outbox::add(Token token, std::string_view subject, std::string_view reply, std::string_view header_lines,
                 std::string_view body, std::size_t reserve) {
  constexpr std::size_t around_headers = sizeof "NATS/1.0\r\n" - 1 + sizeof "\r\n" - 1;
  entries_.push_back({.token = token,
                      .begin = bytes_.size(),
                      .body_size = body.size(),
                      .size = body.size() + (header_lines.empty() ? 0 : header_lines.size() + around_headers),
                      .reserve = reserve});
  add_text(subject);
  add_text(reply);
  std::string_view name, value;
  if (!header_lines.empty()) {
    header_lines.remove_suffix(2);
    const auto before = header_lines.rfind("\r\n");
    const auto colon = header_lines.find(':', before == std::string_view::npos ? 0 : before);
    name = header_lines.substr(0, colon);
    value = header_lines.substr(colon + 2);
  }
  add_text(name);
  add_text(value);
  bytes_ += body;
}

MessagePtr Outbox::message(const Entry& entry) const {
  const auto next = [](const char* text) { return text + std::strlen(text) + 1; };
  const char* to = subject(entry);
  const char* reply = next(to);
  const char* name = next(reply);
  const char* value = next(name);
  natsMsg* made = nullptr;
  if (natsMsg_Create(&made, to, *reply == '\0' ? nullptr : reply, next(value), static_cast<int>(entry.body_size)) !=
      NATS_OK)
    return nullptr;
  MessagePtr message(made);
  if (*name != '\0' && natsMsgHeader_Set(made, name, value) != NATS_OK) return nullptr;
  return message;
}

void Outbox::clear() {
  entries_.clear();
  if (bytes_.capacity() > most_kept)
    bytes_ = {};
  else
    bytes_.clear();
}

}  // namespace ductape::inline v0::nats
