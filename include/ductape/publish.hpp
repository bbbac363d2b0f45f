// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <ductape/message.hpp>
#include <ductape/result.hpp>

namespace ductape::inline v0 {

/// What to send where. The fields are those of Ductape's `publish` call.
struct PublishRequest {
  std::string event = {};    ///< `brokerTag:topicTag`
  std::string message = {};  ///< the payload, byte for byte
  std::string product = {};  ///< empty: the client's
  std::string env = {};      ///< empty: the client's

  /// Reads both call shapes of Ductape's documents, `{env, event, product_tag, input: {message}}` and
  /// `{env, event, product, message}`. Errors: `invalid_argument`, `EVENT_FORMAT_INVALID`.
  static Result<PublishRequest> parse(std::string_view json);
};

/// How to send it; every field has a default.
struct PublishOptions {
  /// Messages of one key reach each group in the order of their publish calls. Only on a topic declared `ordered`.
  std::string key = {};
  /// The message's id; empty: a new UUIDv7. A resend has the same id.
  std::string id = {};
  Headers headers = {};
  std::string content_type = "application/json";
  /// How long the call may take in all, resends included; then `timed_out` or `outcome_unknown`.
  std::chrono::milliseconds deadline{30'000};
  /// What happens when an attempt's outcome is not known: it is sent again with the same id, or reported after one
  /// sending.
  enum class OnUnknown : std::uint8_t { resend, report } on_unknown = OnUnknown::resend;
  /// What happens when the bounds of what is under way are reached: wait for room until the deadline, or `queue_full`.
  enum class OnFull : std::uint8_t { block, reject } on_full = OnFull::block;
};

/// The provider has accepted the message.
struct Receipt {
  std::string id = {};
  std::string provider = {};   ///< "local", "kafka", ...
  std::string native_id = {};  ///< the provider's own name of it; may be empty
  std::uint32_t sends = 1;
  bool deduplicated = false;  ///< it was there before
};

/// Called once with the outcome, on one of the client's workers. Must not block.
using PublishCompletion = std::function<void(Result<Receipt>)>;

}  // namespace ductape::inline v0
