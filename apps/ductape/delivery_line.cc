// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/delivery_line.h"

#include <algorithm>
#include <utility>

#include <ductape/units.hpp>

#include "apps/ductape/json_text.h"

namespace ductape::cli {
namespace {

bool has_json_body(const Message& message) {
  const auto type = message.content_type();
  return (type.empty() || is_json_type(type)) && !why_not_json(message.text());
}

bool fits_on_a_line(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    // Control characters, those of ISO 8859 (C2 80 to C2 9F) included, could steer the terminal.
    if (length == 0 || (first < 0x20 && first != '\t') || first == 0x7F ||
        (first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_headers(std::string& out, const Message& message) {
  out += '{';
  const auto headers = message.headers();
  bool first = true;
  for (auto header = headers.begin(); header != headers.end(); ++header) {
    // An object has one member of a name: the first, as in Message::header().
    if (std::any_of(headers.begin(), header, [&](const HeaderView& h) { return h.name == header->name; })) continue;
    if (!std::exchange(first, false)) out += ',';
    append_quoted(out, header->name);
    out += ':';
    append_quoted(out, header->value);
  }
  out += '}';
}

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
  append_headers(member(",\"headers\":"), message);
  if (has_json_body(message)) {
    append_json_line(member(",\"body\":"), message.text());
  } else {
    append_base64(member(",\"body_base64\":\""), message.body());
    out += '"';
  }
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
  if (has_json_body(message)) {
    append_json_line(out, message.text());
  } else if (fits_on_a_line(message.text())) {
    out += message.text();
  } else {
    out += "base64:";
    append_base64(out, message.body());
  }
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
