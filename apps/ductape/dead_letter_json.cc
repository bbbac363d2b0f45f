// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/dead_letter_json.h"

#include <ductape/units.hpp>

#include "apps/ductape/body_text.h"
#include "apps/ductape/table.h"

namespace ductape::cli {
namespace {

using Time = std::optional<std::chrono::system_clock::time_point>;

std::string text(const Time& time) { return time ? format_time(*time) : std::string(); }

// All but the body, without the closing brace.
void append_description(std::string& out, const DeadLetter& dead) {
  const auto member = [&](std::string_view name) -> std::string& { return out.append(name); };
  append_quoted(member("{\"id\":"), dead.id);
  append_quoted(member(",\"reason\":"), dead.reason);
  append_quoted_or_null(member(",\"error\":"), dead.error);
  member(",\"attempts\":") += std::to_string(dead.attempts);
  member(",\"deliveries\":") += dead.deliveries ? std::to_string(*dead.deliveries) : "null";
  append_quoted_or_null(member(",\"first_failure\":"), text(dead.first_failure));
  append_quoted_or_null(member(",\"last_failure\":"), text(dead.last_failure));
  append_quoted(member(",\"group\":"), dead.group);
  append_quoted(member(",\"event\":"), dead.event);
  append_quoted_or_null(member(",\"key\":"), dead.key);
  append_header_object(member(",\"headers\":"), dead.headers);
}

}  // namespace

void append_dead_letter(std::string& out, const DeadLetter& dead) {
  append_description(out, dead);
  append_body_member(out += ',', dead.content_type, dead.body);
  out += '}';
}

std::string dead_letter_table(const std::vector<DeadLetter>& all) {
  constexpr std::size_t widest = 60;
  std::vector<Row> rows;
  for (const auto& dead : all)
    // An id is never cut: it is what `--id` takes.
    rows.push_back({short_text(dead.id, std::string::npos), dead.reason, std::to_string(dead.attempts),
                    dead.deliveries ? std::to_string(*dead.deliveries) : "", text(dead.last_failure),
                    short_text(dead.key, widest), short_text(dead.error, widest)});
  return table({"ID", "REASON", ">ATTEMPTS", ">DELIVERIES", "LAST FAILURE", "KEY", "ERROR"}, rows);
}

std::string dead_letter_outline(const DeadLetter& dead) {
  // Headers and errors come from anybody.
  DeadLetter harmless = dead;
  for (auto* value : {&harmless.id, &harmless.error, &harmless.key}) *value = short_text(*value, std::string::npos);
  for (auto& header : harmless.headers) header.value = short_text(header.value, std::string::npos);
  std::string json;
  append_description(json, harmless);
  std::string out = outline(json + "}") + "body: ";
  append_body_text(out, dead.content_type, dead.body);
  return out + "\n";
}

}  // namespace ductape::cli
