// SPDX-License-Identifier: Apache-2.0
#include <ductape/publish.hpp>
#include <ductape/subscribe.hpp>

#include "src/model/event.h"
#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;

void publish(std::string_view text) {
  const auto request = PublishRequest::parse(text);
  if (!request) return;
  require(model::parse_event(request->event), "a request has an event");
  require(request->message.starts_with('{') && request->message.ends_with('}'), "a message is an object");
  require(text.find(request->message) != text.npos, "a message is byte for byte what stands in the request");
  const auto flat =
      PublishRequest::parse("{\"event\":\"" + request->event + "\",\"message\":" + request->message + "}");
  require(flat && flat->message == request->message, "it is the same in the other call's shape");
  const auto nested = PublishRequest::parse("{\"input\":{\"message\":" + request->message + "},\"event\":\"" +
                                            request->event + "\",\"product_tag\":\"p\"}");
  require(nested && nested->message == request->message && nested->product == "p", "and in the nested one");
}

void subscribe(std::string_view text) {
  const auto request = SubscribeRequest::parse(text);
  if (request) require(model::parse_event(request->event), "a subscription has an event");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  publish(ductape::fuzz::text_of(data, size));
  subscribe(ductape::fuzz::text_of(data, size));
  return 0;
}
