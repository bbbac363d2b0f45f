// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/wire.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "providers/nats/envelope.h"

namespace ductape::inline v0::nats {
namespace {

std::string_view header(natsMsg& message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(&message, name, &value) == NATS_OK && value != nullptr ? value : std::string_view();
}

// What one thread is done with. It stays until there is enough of it, so it is bounded by its bytes too.
class Discarded {
 public:
  ~Discarded() { free(); }
  void add(natsMsg* message) {
    messages_[count_++] = message;
    bytes_ += static_cast<std::size_t>(std::max(natsMsg_GetDataLength(message), 0));
    if (count_ == messages_.size() || bytes_ >= most_bytes) free();
  }

 private:
  static constexpr std::size_t most_bytes = 64 << 10;
  void free() {
    for (std::size_t i = 0; i < count_; ++i) natsMsg_Destroy(messages_[i]);
    count_ = bytes_ = 0;
  }
  std::array<natsMsg*, 128> messages_{};
  std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace

void MessageDeleter::operator()(natsMsg* message) const {
  thread_local Discarded discarded;
  discarded.add(message);
}

std::string_view body_of(const natsMsg& message) {
  const auto length = natsMsg_GetDataLength(&message);
  return length <= 0 ? std::string_view()
                     : std::string_view(natsMsg_GetData(&message), static_cast<std::size_t>(length));
}

// The library keeps them as they came, behind subject and reply and before the body, until it is asked for one: then it
// makes a table of them, which costs more than all else it does with a message. Its interface has no other way to them,
// so this is for the versions whose arrangement is known.
std::string_view header_lines_of(const natsMsg& message) {
  constexpr std::string_view first = "NATS/1.0\r\n", last = "\r\n\r\n";
  static const bool known = nats_GetVersionNumber() >> 8 == 0x0304;
  const char* reply = natsMsg_GetReply(&message);
  const char* before = reply != nullptr ? reply : natsMsg_GetSubject(&message);
  const char* end = natsMsg_GetData(&message);
  if (!known || before == nullptr || end == nullptr) return {};
  const char* begin = before + std::strlen(before) + 1;
  if (std::less<>()(end, begin + first.size() + last.size())) return {};
  const std::string_view lines(begin, static_cast<std::size_t>(end - begin) - 1);
  return lines.starts_with(first) && lines.ends_with(last) ? lines : std::string_view();
}

std::vector<driver::Header> headers_of(natsMsg& message) {
  const auto lines = header_lines_of(message);
  return lines.empty() ? headers_by_the_library(message) : parse_header_lines(lines);
}

std::vector<driver::Header> headers_by_the_library(natsMsg& message) {
  std::vector<driver::Header> headers;
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(&message, &names, &count) != NATS_OK) return headers;
  headers.reserve(static_cast<std::size_t>(count));
  // The library keeps them in no order.
  std::sort(names, names + count, [](const char* a, const char* b) { return std::string_view(a) < b; });
  for (int i = 0; i < count; ++i) {
    const char** values = nullptr;
    int several = 0;
    if (natsMsgHeader_Values(&message, names[i], &values, &several) != NATS_OK) continue;
    for (int j = 0; j < several; ++j) headers.push_back({names[i], values[j] == nullptr ? "" : values[j]});
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
