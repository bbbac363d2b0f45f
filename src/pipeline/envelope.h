// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include <ductape/driver/publisher.hpp>
#include <ductape/publish.hpp>

#include "src/pipeline/route.h"

namespace ductape::inline v0::pipeline {

/// Bytes a provider's limit must leave for its dead-letter address: the message with its diagnostics must still fit.
inline constexpr std::uint64_t diagnostics_room = 8 * 1024;

/// A message in the form in which a driver takes it, with the memory that form points at. Reused: filling it again
/// keeps its buffers.
class Envelope {
 public:
  Envelope() = default;
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  /// Checks what can be checked before anything is sent, and writes id, attributes and headers.
  /// Takes `message` and what it needs of `options`.
  Result<void> fill(const Route& route, std::string& message, PublishOptions& options, driver::WallTime now);

  /// A failed message on its way to the dead letters or back: as it came, under a new id, with other attributes of ours
  /// (see journey.h). What `delivered` points at must stay.
  void fill_moved(const driver::Delivered& delivered, std::string id, Headers attributes, const driver::Address& to);

  /// Gives back what it was filled with; the id is now chosen.
  void take(std::string& message, PublishOptions& options);

  [[nodiscard]] driver::Record& record() noexcept { return record_; }
  [[nodiscard]] const driver::Record& record() const noexcept { return record_; }
  /// What it counts for in bounds.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  driver::Record record_;
  std::size_t bytes_ = 0;
  std::string body_, id_, key_, content_type_;
  Headers given_;
  std::array<char, 24> time_{};
  std::vector<driver::Header> attributes_, headers_;
};

/// Why a body breaks its topic's schema; nothing if it does not, or if nobody asked.
std::optional<Error> schema_violation(const Route& route, std::string_view body, std::string_view content_type);

}  // namespace ductape::inline v0::pipeline
