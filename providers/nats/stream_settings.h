// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/api.h"
#include "providers/nats/names.h"

namespace ductape::inline v0::nats {

/// How streams are made: what `native` says, else the defaults here.
struct StreamSettings {
  std::int64_t replicas = 1;
  std::string storage = "file";
  std::int64_t max_bytes = -1;  ///< no limit
  driver::Millis max_age{0};    ///< no limit
  driver::Millis duplicate_window{120'000};
};

/// Errors: `invalid_argument` that names the key.
Result<StreamSettings> read_stream_settings(const driver::Config& native);

/// The body of STREAM.CREATE.
Json stream_config(const Place& place, const StreamSettings& settings);

/// The same for the bucket that holds who is the active member of each group.
Json bucket_config(const std::string& bucket);

/// What the topic needs of a stream's subjects and the stream does not have.
std::vector<std::string> missing_subjects(const Place& place, const Json& config);

/// Whether a stream has other settings than it would be made with.
bool stream_differs(const Json& config, const StreamSettings& settings);

/// The body of CONSUMER.DURABLE.CREATE for a group that starts at `from`; `next` is the sequence that the stream's next
/// message will have. Errors: `invalid_argument` if it is no place to start from.
Result<Json> consumer_config(const Place& place, const driver::GroupSpec& group, std::uint64_t next);

}  // namespace ductape::inline v0::nats
