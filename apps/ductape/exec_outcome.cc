// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "apps/ductape/exec_handler.h"

namespace ductape::cli {

std::vector<std::string> handler_environment(const Context& context, const char* const* ours) {
  const Message& message = context.message();
  const auto entry = [](std::string_view name, std::string_view value) {
    return std::string(name).append("=").append(value);
  };
  std::vector<std::string> all{
      entry("DUCTAPE_ID", message.id()),
      entry("DUCTAPE_KEY", message.key()),
      entry("DUCTAPE_EVENT", message.event()),
      entry("DUCTAPE_GROUP", context.group()),
      entry("DUCTAPE_ATTEMPT", std::to_string(context.attempt())),
      entry("DUCTAPE_DELIVERIES", context.deliveries() ? std::to_string(*context.deliveries()) : ""),
  };
  // As OpenTelemetry reads them from an environment; without a trace the handler has ours, if we have one.
  if (const auto trace = context.traceparent(); !trace.empty()) {
    all.push_back(entry("TRACEPARENT", trace));
    all.push_back(entry("TRACESTATE", message.attribute("tracestate").value_or("")));
  }
  const auto names = all;
  for (; *ours; ++ours) {
    const std::string_view inherited(*ours);
    const auto name = inherited.substr(0, inherited.find('=') + 1);
    const bool replaced =
        std::any_of(names.begin(), names.end(), [&](const auto& set) { return set.starts_with(name); });
    if (!replaced) all.emplace_back(inherited);
  }
  return all;
}

Outcome outcome_of(const ProcessEnd& end, const std::string& said) {
  constexpr int reject = 65;  // EX_DATAERR of sysexits.h
  if (end.signal == 0 && end.status == 0) return {.kind = Outcome::ack};
  Outcome outcome{.kind = end.signal == 0 && end.status == reject ? Outcome::dead_letter : Outcome::retry,
                  .error = said};
  if (!said.empty()) return outcome;
  if (end.signal == 0) {
    outcome.error = "exit status " + std::to_string(end.status);
  } else {
    const char* name = sigabbrev_np(end.signal);
    outcome.error = "killed by signal " + std::to_string(end.signal) + (name ? std::string(" (SIG") + name + ")" : "");
  }
  return outcome;
}

}  // namespace ductape::cli
