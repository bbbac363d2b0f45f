// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include <ductape/message.hpp>

namespace ductape::inline v0 {

/// Joins a tracing system, e.g. OpenTelemetry: derive from it and set `ClientOptions::tracer`. Called by several
/// threads at once; must not block.
///
///     struct MyTracer : ductape::Tracer {
///       ductape::Headers publishing(std::string_view event) override { return {{"traceparent", current_span()}}; }
///       std::shared_ptr<void> handling(const ductape::Context& context) override {
///         return std::make_shared<Span>(context.group(), context.traceparent());  // ends when it is destroyed
///       }
///     };
class Tracer {
 public:
  virtual ~Tracer() = default;

  /// The W3C trace context of the caller, as `traceparent` and perhaps `tracestate`; the message carries it to its
  /// handlers, through every retry and into the dead letters. Called on the thread that publishes, for a message that
  /// has no `traceparent` among its headers.
  virtual Headers publishing(std::string_view event) {
    (void)event;
    return {};
  }

  /// Called on the handler's thread before it; what it returns is destroyed, there too, once the handler returned.
  virtual std::shared_ptr<void> handling(const Context& context) {
    (void)context;
    return {};
  }
};

}  // namespace ductape::inline v0
