// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory_resource>
#include <string>
#include <vector>

#include <ductape/driver/consumer.hpp>

#include "providers/redis/reply.h"

namespace ductape::inline v0::redis {

/// The place of an entry in its stream. Ordered as the stream is.
struct EntryId {
  std::uint64_t milliseconds = 0, sequence = 0;

  static EntryId parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  using Room = std::array<char, 48>;
  /// The same, written there.
  std::string_view write_to(Room& room) const;
  [[nodiscard]] EntryId before() const;
  auto operator<=>(const EntryId&) const = default;
};

/// Entries of one reply, read into what the seam hands on. The views of the messages live as long as it does.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  explicit Batch(Reply reply) : reply_(std::move(reply)) {}

  /// A message of an entry's id and fields; `again`: from a group's own stream. An entry of somebody else's is
  /// delivered with what is known of it. Without `body` a single field is the body, and of several a JSON object
  /// (`fields_as_json`); with `body` and without `meta` the other fields are headers.
  driver::Delivered read(ReplyView id, ReplyView fields, std::uint32_t handed_out, bool again = false);

 private:
  void read_others(driver::Delivered& message, const std::pmr::vector<driver::Header>& fields);

  const Reply reply_;
  std::array<std::byte, 2048> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
};

}  // namespace ductape::inline v0::redis
