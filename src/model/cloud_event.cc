// SPDX-License-Identifier: Apache-2.0
#include "src/model/cloud_event.h"

#include <simdjson.h>

namespace ductape::inline v0::model {
namespace {

Error no_event(std::string what) {
  return {.code = Errc::invalid_argument,
          .message = "the message is not the event that its content type says: " + std::move(what),
          .hint = "give all of specversion, id, source and type, or another content type"};
}

}  // namespace

Result<CloudEvent> read_cloud_event(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object event;
  if (parser.parse(text.data(), text.size()).get(event) != simdjson::SUCCESS) return no_event("it is no JSON object");
  CloudEvent read;
  for (const std::string_view name : {"specversion", "id", "source", "type"}) {
    std::string_view value;
    if (event[name].get(value) != simdjson::SUCCESS || value.empty())
      return no_event('`' + std::string(name) + "` is not in it, or no text");
    if (name == "id") read.id = value;
  }
  std::string_view key;
  if (event["partitionkey"].get(key) == simdjson::SUCCESS) read.partition_key = key;
  return read;
}

}  // namespace ductape::inline v0::model
