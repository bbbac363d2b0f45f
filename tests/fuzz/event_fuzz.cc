// SPDX-License-Identifier: Apache-2.0
#include "src/model/event.h"

#include <algorithm>

#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

// Errors go to terminals and logs, and what is wrong with an event may be an escape sequence.
void require_printable(const Error& error) {
  require(std::ranges::all_of(error.message, [](char c) { return c >= 0x20 && c <= 0x7e; }),
          "an error's message is printable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto event = model::parse_event(text);
  if (event) {
    const auto printed = std::string(event->broker) + ":" + std::string(event->topic);
    require(printed == text, "an event printed again is the same");
    const auto again = model::parse_event(printed);
    require(again && again->broker == event->broker && again->topic == event->topic, "and parses to the same");
  } else {
    require(event.error().name() == "EVENT_FORMAT_INVALID", "an event's error has its documented name");
    require_printable(event.error());
  }

  const auto colon = text.find(':');
  const bool two_tags = colon != text.npos && model::check_tag("tag", text.substr(0, colon)) &&
                        model::check_tag("tag", text.substr(colon + 1));
  require(static_cast<bool>(event) == two_tags, "an event is two tags with a colon between them");

  const auto tag = model::check_tag("tag", text);
  const auto group = model::check_group_name(text);
  require(group || !tag, "every tag may be a group's name");
  if (!tag) require_printable(tag.error());
  if (!group) require_printable(group.error());
  return 0;
}
