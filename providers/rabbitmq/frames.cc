// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/frames.h"

#include <algorithm>
#include <new>

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::size_t frame_overhead = 8;  // type, channel, size; and the end
constexpr std::size_t largest_method = 131'072;
constexpr char frame_end = static_cast<char>(AMQP_FRAME_END);

template <class Number>
void put(std::string& out, Number number) {
  for (int shift = static_cast<int>(sizeof(Number) - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift);
}

void begin_frame(std::string& out, std::uint8_t type, std::uint16_t channel, std::size_t size) {
  put(out, type);
  put(out, channel);
  put(out, static_cast<std::uint32_t>(size));
}

std::vector<char>& scratch() {
  thread_local std::vector<char> memory(largest_method);
  return memory;
}

amqp_table_entry_t entry(std::string_view key, std::uint8_t kind) {
  amqp_table_entry_t made{};
  made.key = bytes_of(key);
  made.value.kind = kind;
  return made;
}

}  // namespace

Table& Table::add(std::string_view key, std::string_view text) {
  entries_.push_back(entry(key, AMQP_FIELD_KIND_UTF8));
  entries_.back().value.value.bytes = bytes_of(text);
  return *this;
}

Table& Table::add(std::string_view key, bool value) {
  entries_.push_back(entry(key, AMQP_FIELD_KIND_BOOLEAN));
  entries_.back().value.value.boolean = value ? 1 : 0;
  return *this;
}

Table& Table::add(std::string_view key, std::int64_t value) {
  entries_.push_back(entry(key, AMQP_FIELD_KIND_I64));
  entries_.back().value.value.i64 = value;
  return *this;
}

Table& Table::add(std::string_view key, const Table& value) {
  entries_.push_back(entry(key, AMQP_FIELD_KIND_TABLE));
  entries_.back().value.value.table = value.get();
  return *this;
}

amqp_table_t Table::get() const {
  return {.num_entries = static_cast<int>(entries_.size()),
          .entries = const_cast<amqp_table_entry_t*>(entries_.data())};  // the library's type has no const
}

bool write_method(std::string& out, std::uint16_t channel, amqp_method_number_t id, void* decoded) {
  auto& memory = scratch();
  const int size = amqp_encode_method(id, decoded, {.len = memory.size(), .bytes = memory.data()});
  if (size < 0) return false;
  begin_frame(out, AMQP_FRAME_METHOD, channel, sizeof(id) + static_cast<std::size_t>(size));
  put(out, id);
  out.append(memory.data(), static_cast<std::size_t>(size));
  out += frame_end;
  return true;
}

bool encode_properties(std::string& out, std::uint32_t frame_max, amqp_basic_properties_t& properties) {
  constexpr std::size_t fixed = frame_overhead + 12;  // class, weight, size of the body
  auto& memory = scratch();
  const auto room = std::min<std::size_t>(memory.size(), frame_max - std::min<std::size_t>(frame_max, fixed));
  const int size = amqp_encode_properties(AMQP_BASIC_CLASS, &properties, {.len = room, .bytes = memory.data()});
  if (size < 0) return false;
  out.assign(memory.data(), static_cast<std::size_t>(size));
  return true;
}

void write_content(std::string& out, std::uint16_t channel, std::uint32_t frame_max, std::string_view properties,
                   std::string_view body) {
  begin_frame(out, AMQP_FRAME_HEADER, channel, 12 + properties.size());
  put(out, static_cast<std::uint16_t>(AMQP_BASIC_CLASS));
  put(out, std::uint16_t{0});
  put(out, static_cast<std::uint64_t>(body.size()));
  out += properties;
  out += frame_end;
  while (!body.empty()) {
    const auto part = body.substr(0, frame_max - frame_overhead);
    begin_frame(out, AMQP_FRAME_BODY, channel, part.size());
    out += part;
    out += frame_end;
    body.remove_prefix(part.size());
  }
}

void write_heartbeat(std::string& out) {
  begin_frame(out, AMQP_FRAME_HEARTBEAT, 0, 0);
  out += frame_end;
}

FrameReader::FrameReader() : state_(amqp_new_connection()) {
  if (!state_) throw std::bad_alloc();
}

void FrameReader::set_frame_max(std::uint32_t most) {
  amqp_tune_connection(state_.get(), 0, static_cast<int>(most), 0);
}

bool FrameReader::read(std::span<const char> bytes, const std::function<bool(const amqp_frame_t&)>& each) {
  std::string_view rest(bytes.data(), bytes.size());
  while (!rest.empty()) {
    amqp_frame_t frame{};
    const int used = amqp_handle_input(state_.get(), bytes_of(rest), &frame);
    if (used < 0) return false;
    if (used == 0 && frame.frame_type == 0) return true;
    rest.remove_prefix(static_cast<std::size_t>(used));
    if (frame.frame_type == 0) continue;
    if (!each(frame)) return true;
    amqp_maybe_release_buffers(state_.get());
  }
  return true;
}

}  // namespace ductape::inline v0::rabbitmq
