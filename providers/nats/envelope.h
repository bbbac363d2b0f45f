// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forward_list>
#include <string>
#include <vector>

#include <ductape/driver/publisher.hpp>

namespace ductape::inline v0::nats {

/// Appends "name: value\r\n", as it stands in a NATS message. Neither may have what a line cannot carry.
void add_header_line(std::string_view name, std::string_view value, std::string& lines);
/// Reads such lines, and passes over the "NATS/1.0" before them. The views are into `lines`.
std::vector<driver::Header> parse_header_lines(std::string_view lines);

/// What the server knows a repeat of this record by. A message's own id, where the stream has but one topic's messages.
/// Else it is told from what has the same id beside it, as another group's copy, or the same that died before: by a
/// hash of the subject and of what a dead letter or a retry says of itself.
std::string deduplication_id(const driver::Record& record, std::string_view subject, bool own_stream);

/// `ce-*` for the CloudEvents attributes that are not empty, with the values percent-encoded as that binding says,
/// `Nats-Msg-Id` for the deduplication, then the user's. A user's header that the server would act on, or whose value
/// has what a header line cannot carry, is written as `%<name>`, and `=` with the value percent-encoded. Header lines.
std::string write_headers(const driver::Record& record, std::string_view deduplication_id);

/// What a message says of itself. The views are into what it was read from, or into `texts`.
struct Envelope {
  std::string_view id = {}, key = {};
  std::vector<driver::Header> attributes = {}, headers = {};
  std::forward_list<std::string> texts = {};
};

/// Reads the headers of ours, of another CloudEvents client or of none.
Envelope read_headers(std::span<const driver::Header> headers);

}  // namespace ductape::inline v0::nats
