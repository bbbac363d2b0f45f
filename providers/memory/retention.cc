// SPDX-License-Identifier: Apache-2.0
// How messages leave a topic's log: finished by all and old, or overtaken by what a server does on its own.
#include <algorithm>
#include <limits>

#include "providers/memory/server.h"

namespace ductape::inline v0::memory {

void Server::remove_front(Topic& topic, std::size_t count) {
  if (count == 0) return;
  const auto end = topic.log.begin() + static_cast<std::ptrdiff_t>(count);
  const auto last = (*std::prev(end))->sequence;
  for (auto message = topic.log.begin(); message != end; ++message) {
    topic.bytes -= size_of(**message);
    topic.by_id.erase((*message)->id);
  }
  topic.log.erase(topic.log.begin(), end);
  for (auto& [_, group] : topic.groups) group.forget(last);
}

void Server::remove_old(Topic& topic, driver::WallTime now) {
  const auto age = topic.retention.age;
  const auto is_old = [&](const MessagePtr& message) { return message->accepted < now - age; };
  if (age.count() == 0 || topic.log.empty() || !is_old(topic.log.front())) return;
  auto first = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [_, group] : topic.groups) first = std::min(first, group.first_unfinished());
  std::size_t count = 0;
  while (count < topic.log.size() && is_old(topic.log[count]) && topic.log[count]->sequence < first) ++count;
  remove_front(topic, count);
}

Error Server::make_room(std::string_view native, Topic& topic, std::uint64_t size) {
  const auto most = topic.retention.bytes;
  if (most == 0 || topic.bytes + size <= most) return {};
  std::uint64_t first = 0;  // without a group: one that comes may want them all
  if (!topic.groups.empty()) first = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [_, group] : topic.groups) first = std::min(first, group.first_unfinished());
  std::size_t count = 0;
  for (auto bytes = topic.bytes + size; bytes > most && count < topic.log.size(); ++count) {
    if (topic.log[count]->sequence >= first) break;
    bytes -= size_of(*topic.log[count]);
  }
  remove_front(topic, count);
  if (topic.bytes + size <= most) return {};
  return {.code = Errc::queue_full,
          .message = std::string(native) + " has " + std::to_string(topic.bytes) + " of at most " +
                     std::to_string(most) + " bytes, and its groups have not finished the oldest",
          .hint = "let its groups catch up, or raise retention.bytes of the topic's policy",
          .provider = "memory"};
}

void Server::overtake(Topic& topic, std::size_t messages, driver::Runtime& runtime) {
  remove_front(topic, std::min(messages, topic.log.size()));
  for (auto& [_, group] : topic.groups) pump(group, runtime);
}

}  // namespace ductape::inline v0::memory
