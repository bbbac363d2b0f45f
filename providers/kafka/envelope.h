// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>

#include "providers/kafka/handles.h"

namespace ductape::inline v0::kafka {

/// `ce_*` for the CloudEvents attributes, `content-type` for the content type, then the user's: CloudEvents' binary
/// mode for Kafka.
HeadersPtr write_headers(const driver::Record& record);

/// The time that an attribute says, in milliseconds since 1970; 0: none.
std::int64_t timestamp_of(const driver::Record& record);

/// A message that was read, with bytes of its own: it outlives the client that read it.
struct Arrived {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;  ///< as Kafka has it, in milliseconds since 1970
  std::string_view id = {}, key = {}, native_id = {}, position = {};
  driver::Bytes body = {};
  std::vector<driver::Header> attributes = {}, headers = {};
  std::string bytes = {};  ///< what the views point at: it does not move
};

/// Reads a message of ours, of another CloudEvents client or of none.
std::shared_ptr<const Arrived> read_message(const rd_kafka_message_t& message);

/// The same of what is about to be written, as if it had been read.
std::shared_ptr<const Arrived> read_record(const driver::Record& record, std::int64_t offset);

/// What the pipeline is told of it; `tag` and counts are the caller's.
driver::Delivered delivered(std::shared_ptr<const Arrived> message);

}  // namespace ductape::inline v0::kafka
