// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/envelope.h"

#include <algorithm>
#include <ductape/units.hpp>

#include "src/model/cloud_event.h"
#include "src/pipeline/journey.h"
#include "src/pipeline/message_id.h"

namespace ductape::inline v0::pipeline {
namespace {

Error invalid(std::string message, std::string hint = {}) {
  return {.code = Errc::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

// RFC 3339 with milliseconds. Dividing time into a date is dear, so each thread keeps the last second it wrote.
void write_time(std::array<char, 24>& out, driver::WallTime now) {
  using namespace std::chrono;
  thread_local std::array<char, 24> text{};
  thread_local seconds known = seconds::min();
  const auto second = floor<seconds>(now.time_since_epoch());
  if (second != known) {
    const std::string whole = format_time(driver::WallTime(duration_cast<driver::WallTime::duration>(second)));
    whole.copy(text.data(), text.size());
    known = second;
  }
  out = text;
  auto millis = static_cast<int>(duration_cast<milliseconds>(now.time_since_epoch() - second).count());
  for (int i = 22; i > 19; --i, millis /= 10) out[static_cast<std::size_t>(i)] = static_cast<char>('0' + millis % 10);
}

constexpr auto may_be_in_name = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = '!'; c <= '~'; ++c) table[c] = c != ':';
  return table;
}();

bool is_header_name(std::string_view name) {
  bool good = !name.empty() && name.size() <= 255;
  for (const char c : name) good &= may_be_in_name[static_cast<unsigned char>(c)];
  return good;
}

Result<void> check_headers(const Route& route, const Headers& headers) {
  const auto most = route.capabilities.headers_max;
  constexpr std::size_t ours = 8;
  if (most != 0 && headers.size() + ours > most)
    return invalid("a message to " + route.event + " has " + std::to_string(headers.size()) + " headers; " +
                       route.provider + " carries at most " + std::to_string(most - ours) + " beside our own",
                   "put them into the message");
  for (const auto& header : headers) {
    if (!is_header_name(header.name))
      return invalid("header name '" + header.name +
                     "' is not 1 to 255 printable ASCII characters without space and colon");
    if (header.name.starts_with("ce-") || header.name.starts_with("ce_"))
      return invalid("header '" + header.name + "' is reserved for CloudEvents attributes", "choose another name");
  }
  return {};
}

// An event that the application made keeps its identity.
Result<void> adopt_event(const Route& route, std::string_view message, PublishOptions& options) {
  auto event = model::read_cloud_event(message);
  if (!event) return std::move(event).error();
  if (!options.id.empty() && options.id != event->id)
    return invalid("the message is the event '" + event->id + "' and cannot have the id '" + options.id + "'",
                   "leave the id out");
  options.id = std::move(event->id);
  if (route.ordered && options.key.empty()) options.key = std::move(event->partition_key);
  return {};
}

}  // namespace

Result<void> Envelope::fill(const Route& route, std::string& message, PublishOptions& options, driver::WallTime now) {
  const bool is_event = model::is_cloud_event(options.content_type);
  if (is_event)
    if (auto adopted = adopt_event(route, message, options); !adopted) return adopted;
  if (!options.key.empty() && !route.ordered)
    return invalid("topic " + route.event + " is not ordered, so a message has no key",
                   "declare it with `ordered: true` or leave the key out");
  if (options.id.size() > 255)
    return invalid("message id has " + std::to_string(options.id.size()) + " characters; at most 255 are allowed");
  if (options.key.size() > 1024)
    return invalid("key has " + std::to_string(options.key.size()) + " bytes; at most 1024 are allowed");
  if (!options.headers.empty()) {
    if (auto checked = check_headers(route, options.headers); !checked) return checked;
  }

  body_ = std::move(message);
  key_ = std::move(options.key);
  given_ = std::move(options.headers);
  content_type_ = std::move(options.content_type);
  if (options.id.empty()) {
    id_.assign(MessageId(now).text());
  } else {
    id_ = std::move(options.id);
  }
  write_time(time_, now);

  // Written by index into vectors that keep their size from message to message.
  attributes_.resize(5);
  std::size_t used = 0;
  if (!is_event) {
    attributes_[0] = {"specversion", "1.0"};
    attributes_[1] = {"source", route.source};
    attributes_[2] = {"type", route.event};
    used = 3;
  }
  const bool lean = route.metadata == Metadata::lean;
  if (!lean && !is_event) attributes_[used++] = {"time", {time_.data(), time_.size()}};
  if (!content_type_.empty() && !(lean && content_type_ == "application/json"))
    attributes_[used++] = {"datacontenttype", content_type_};
  while (attributes_.size() > used) attributes_.pop_back();
  headers_.resize(given_.size());
  std::size_t count = 0;
  for (const auto& header : given_) {
    // A trace context is CloudEvents' own attribute on every wire.
    if (header.name == "traceparent" || header.name == "tracestate")
      attributes_.push_back({header.name, header.value});
    else
      headers_[count++] = {header.name, header.value};
  }
  headers_.resize(count);

  bytes_ = body_.size() + id_.size() + key_.size();
  for (const auto& attribute : attributes_) bytes_ += attribute.name.size() + attribute.value.size();
  for (const auto& header : headers_) bytes_ += header.name.size() + header.value.size();
  const auto limit = route.capabilities.message_max;
  if (const auto most = limit - std::min<std::uint64_t>(limit, diagnostics_room); bytes_ > most)
    return Error{.code = Errc::message_too_large,
                 .message = "a message of " + std::to_string(bytes_) + " bytes (headers included) to " + route.event +
                            " is over the limit of " + std::to_string(most) + " bytes that " + route.provider +
                            " allows",
                 .hint = "store the data elsewhere and send a reference, or use a broker with a larger limit",
                 .provider = route.provider};

  record_ = {.to = &route.address,
             .id = id_,
             .key = key_,
             .body = std::as_bytes(std::span(body_)),
             .attributes = attributes_,
             .headers = headers_};
  return {};
}

void Envelope::take(std::string& message, PublishOptions& options) {
  message = std::move(body_);
  options.id = std::move(id_);
  options.key = std::move(key_);
  options.headers = std::move(given_);
  options.content_type = std::move(content_type_);
}

void Envelope::fill_moved(const driver::Delivered& delivered, std::string id, Headers attributes,
                          const driver::Address& to) {
  id_ = std::move(id);
  given_ = std::move(attributes);
  attributes_.clear();
  for (const auto& attribute : delivered.attributes)
    if (!is_of_journey(attribute.name)) attributes_.push_back(attribute);
  for (const auto& entry : given_) attributes_.push_back({entry.name, entry.value});
  record_ = {.to = &to,
             .id = id_,
             .key = delivered.key,
             .body = delivered.body,
             .attributes = attributes_,
             .headers = delivered.headers};
}

std::optional<Error> schema_violation(const Route& route, std::string_view body, std::string_view content_type) {
  if (!route.schema || route.schema_mode == SchemaMode::off || !content_type.starts_with("application/json"))
    return std::nullopt;
  const auto violation = route.schema->check(body);
  if (!violation) return std::nullopt;
  const auto where = violation->path.empty() ? std::string() : " at '" + violation->path + "'";
  return invalid("message to " + route.event + " breaks the schema of the topic's sample" + where + ": expected " +
                     violation->expected + ", found " + violation->found,
                 "mend the message, or the topic's `sample` or `schema`");
}

}  // namespace ductape::inline v0::pipeline
