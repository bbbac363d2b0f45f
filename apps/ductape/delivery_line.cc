// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/delivery_line.h"

#include <ductape/units.hpp>

#include "apps/ductape/body_text.h"

namespace ductape::cli {
namespace {

void append_json(std::string& out, const Context& context) {
  const Message& message = context.message();
  const auto member = [&](std::string_view name) -> std::string& { return out.append(name); };
  append_quoted(member("{\"id\":"), message.id());
  append_quoted(member(",\"event\":"), message.event());
  append_quoted(member(",\"product\":"), message.product());
  append_quoted(member(",\"env\":"), message.env());
  append_quoted_or_null(member(",\"group\":"), context.group());
  member(",\"attempt\":") += std::to_string(context.attempt());
  member(",\"deliveries\":") += context.deliveries() ? std::to_string(*context.deliveries()) : "null";
  append_quoted_or_null(member(",\"time\":"), message.time() ? format_time(*message.time()) : "");
  append_quoted_or_null(member(",\"key\":"), message.key());
  append_header_object(member(",\"headers\":"), message.headers());
  for (const std::string_view trace : {"traceparent", "tracestate"})
    if (const auto value = message.attribute(trace)) append_quoted(member(",\"").append(trace).append("\":"), *value);
  append_body_member(member(","), message.content_type(), message.text());
  out += '}';
}

void append_text(std::string& out, const Context& context) {
  const Message& message = context.message();
  const auto shown = [](std::string_view text) { return text.empty() || !fits_on_a_line(text) ? "-" : text; };
  out += message.time() ? format_time(*message.time()) : "-";
  out += ' ';
  out += shown(message.id());
  out += ' ';
  out += shown(message.key());
  out += ' ';
  append_body_text(out, message.content_type(), message.text());
}

}  // namespace

void append_delivery(std::string& out, const Context& context, DeliveryForm form) {
  switch (form) {
    case DeliveryForm::text:
      append_text(out, context);
      break;
    case DeliveryForm::json:
      append_json(out, context);
      break;
    case DeliveryForm::raw:
      out += context.message().text();
      break;
  }
  out += '\n';
}

}  // namespace ductape::cli
