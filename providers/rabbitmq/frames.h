// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ductape::inline v0::rabbitmq {

// The library's encoder and decoder, without its sockets: those block, and a blocked publisher would neither hear that
// it is nor keep its heartbeats up.

[[nodiscard]] inline amqp_bytes_t bytes_of(std::string_view text) {
  return {.len = text.size(), .bytes = const_cast<char*>(text.data())};  // the library's type has no const
}
[[nodiscard]] inline std::string_view view_of(const amqp_bytes_t& bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

/// The arguments of a method. What it is given must stay while it is used.
class Table {
 public:
  Table& add(std::string_view key, std::string_view text);
  Table& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }
  Table& add(std::string_view key, bool value);
  Table& add(std::string_view key, std::int64_t value);
  Table& add(std::string_view key, const Table& value);
  [[nodiscard]] amqp_table_t get() const;

 private:
  std::vector<amqp_table_entry_t> entries_;
};

/// Appends a method as a frame. `decoded` is the library's struct of that method. False: it does not fit.
bool write_method(std::string& out, std::uint16_t channel, amqp_method_number_t id, void* decoded);
/// Appends the header frame and the body's frames of a content, none larger than `frame_max`.
void write_content(std::string& out, std::uint16_t channel, std::uint32_t frame_max, std::string_view properties,
                   std::string_view body);
void write_heartbeat(std::string& out);
/// The properties as they stand in a header frame, or nothing if they do not fit one of `frame_max`.
bool encode_properties(std::string& out, std::uint32_t frame_max, amqp_basic_properties_t& properties);

/// Reads frames out of what comes.
class FrameReader {
 public:
  FrameReader();

  /// Calls `each` for every whole frame, which is gone when it returns; it says whether to go on. False: these are no
  /// frames of AMQP 0-9-1.
  bool read(std::span<const char> bytes, const std::function<bool(const amqp_frame_t&)>& each);
  /// What was agreed on. To be called for the frame that asks.
  void set_frame_max(std::uint32_t most);

 private:
  struct Free {
    void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
  };
  const std::unique_ptr<amqp_connection_state_t_, Free> state_;
};

}  // namespace ductape::inline v0::rabbitmq
