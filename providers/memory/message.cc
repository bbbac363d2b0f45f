// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/message.h"

namespace ductape::inline v0::memory {
namespace {

Message::Pairs texts(std::span<const driver::Header> from) {
  Message::Pairs all;
  all.reserve(from.size());
  for (const auto& [name, value] : from) all.emplace_back(name, value);
  return all;
}

std::vector<driver::Header> views(const Message::Pairs& from) {
  std::vector<driver::Header> all;
  all.reserve(from.size());
  for (const auto& [name, value] : from) all.push_back({name, value});
  return all;
}

std::uint64_t size_of(std::span<const driver::Header> headers) {
  std::uint64_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size();
  return size;
}

}  // namespace

Message::Message(const driver::Record& record, std::uint64_t number, driver::WallTime now)
    : sequence(number),
      accepted(now),
      position(std::to_string(number)),
      id(record.id),
      key(record.key),
      body(reinterpret_cast<const char*>(record.body.data()), record.body.size()),
      attribute_texts(texts(record.attributes)),
      header_texts(texts(record.headers)),
      attributes(views(attribute_texts)),
      headers(views(header_texts)) {}

std::uint64_t size_of(const Message& message) {
  return message.id.size() + message.key.size() + message.body.size() + size_of(message.attributes) +
         size_of(message.headers);
}

std::uint64_t size_of(const driver::Record& record) {
  return record.id.size() + record.key.size() + record.body.size() + size_of(record.attributes) +
         size_of(record.headers);
}

}  // namespace ductape::inline v0::memory
