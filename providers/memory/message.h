// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ductape/driver/publisher.hpp>

namespace ductape::inline v0::memory {

/// A message as the broker keeps it. Never changed, so that it can be handed out to many groups without a copy.
struct Message {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  Message(const driver::Record& record, std::uint64_t number, driver::WallTime now);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  std::uint64_t sequence;  ///< grows in the order of acceptance, over all topics
  driver::WallTime accepted;
  std::string position;  ///< the sequence in decimal
  std::string id, key, body;
  Pairs attribute_texts, header_texts;
  std::vector<driver::Header> attributes, headers;  ///< views into the texts
};
using MessagePtr = std::shared_ptr<const Message>;

/// What a message counts for a topic's retention.
[[nodiscard]] std::uint64_t size_of(const Message& message);

/// Bytes of a record as `Capabilities::message_max` counts them.
[[nodiscard]] std::uint64_t size_of(const driver::Record& record);

}  // namespace ductape::inline v0::memory
