// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/wire.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace ductape::inline v0::nats {
namespace {

std::string_view header(natsMsg& message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(&message, name, &value) == NATS_OK && value != nullptr ? value : std::string_view();
}

}  // namespace

MessagePtr make_message(const std::string& subject, const std::string& reply, std::string_view body,
                        const WireHeaders& headers) {
  natsMsg* made = nullptr;
  const auto status = natsMsg_Create(&made, subject.c_str(), reply.empty() ? nullptr : reply.c_str(), body.data(),
                                     static_cast<int>(body.size()));
  if (status != NATS_OK) return nullptr;
  MessagePtr message(made);
  for (const auto& [name, value] : headers)
    if (natsMsgHeader_Add(made, name.c_str(), value.c_str()) != NATS_OK) return nullptr;
  return message;
}

std::string_view body_of(const natsMsg& message) {
  const auto length = natsMsg_GetDataLength(&message);
  return length <= 0 ? std::string_view()
                     : std::string_view(natsMsg_GetData(&message), static_cast<std::size_t>(length));
}

WireHeaders headers_of(natsMsg& message) {
  WireHeaders headers;
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(&message, &names, &count) != NATS_OK) return headers;
  // The library keeps them in no order.
  std::sort(names, names + count, [](const char* a, const char* b) { return std::string_view(a) < b; });
  for (int i = 0; i < count; ++i) {
    const char** values = nullptr;
    int several = 0;
    if (natsMsgHeader_Values(&message, names[i], &values, &several) != NATS_OK) continue;
    for (int j = 0; j < several; ++j) headers.emplace_back(names[i], values[j] == nullptr ? "" : values[j]);
    std::free(values);
  }
  std::free(names);
  return headers;
}

int status_of(natsMsg& message) {
  if (natsMsg_GetDataLength(&message) > 0) return 0;
  const auto text = header(message, "Status");
  int status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status;
}

std::string description_of(natsMsg& message) {
  std::string text(header(message, "Description"));
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace ductape::inline v0::nats
