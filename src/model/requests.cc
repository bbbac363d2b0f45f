// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <array>
#include <set>

#include <ductape/publish.hpp>
#include <ductape/subscribe.hpp>

#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/json.h"
#include "src/model/nearest.h"

namespace ductape::inline v0 {
namespace {

namespace ondemand = simdjson::ondemand;

// The message's text is taken from the request as it stands; everything else is read. Not the Fields of the other
// objects, as those build a tree and the bytes would be gone.
struct Request {
  std::string event = {}, product = {}, product_tag = {}, env = {}, topic = {};
  std::string message = {};
  bool has_message = false;
};

Error wrong(std::string message, std::string hint = {}) {
  return {.code = Errc::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

std::string_view name_of(ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::array:
      return "an array";
    case ondemand::json_type::object:
      return "an object";
    case ondemand::json_type::number:
      return "a number";
    case ondemand::json_type::string:
      return "a string";
    case ondemand::json_type::boolean:
      return "true or false";
    default:
      return "null";
  }
}

class Reader {
 public:
  explicit Reader(bool publishes) : publishes_(publishes) {}

  Result<Request> read(std::string_view json) {
    // On-demand reading checks only what it touches, and it does not touch the inside of the message.
    simdjson::dom::parser whole;
    simdjson::padded_string text(json);
    // A whole number over 64 bits stops that parser, and the message may have one.
    const auto error = whole.parse(text).error();
    if (error && !(error == simdjson::NUMBER_ERROR && json.find('\0') == json.npos && model::Json::accept(json)))
      return wrong("not valid JSON: " + std::string(simdjson::error_message(error)));
    ondemand::parser parser;
    ondemand::document document = parser.iterate(text).value();
    if (const auto type = document.type().value(); type != ondemand::json_type::object)
      return wrong("the request: expected an object, found " + std::string(name_of(type)));
    object(document.get_object().value(), "", false);
    if (problem_) return std::move(*problem_);
    return finished();
  }

 private:
  void fail(Error error) {
    if (!problem_) problem_ = std::move(error);
  }

  void object(ondemand::object fields, const std::string& path, bool is_input) {
    std::set<std::string> given;
    for (auto entry : fields) {
      const std::string key(entry.unescaped_key().value());
      if (!given.insert(key).second) fail(wrong(path + "/" + key + ": given twice"));
      if (problem_) return;
      field(key, entry.value().value(), path, is_input);
      if (problem_) return;
    }
  }

  void field(const std::string& key, ondemand::value value, const std::string& path, bool is_input) {
    const auto at = path + "/" + key;
    if (key == "message" && publishes_) return message(value, at);
    if (is_input) return key == "topicTag" ? text(value, at, request_.topic) : unknown(key, path, is_input);
    if (key == "input") {
      if (const auto type = value.type().value(); type != ondemand::json_type::object)
        return fail(wrong(at + ": expected an object, found " + std::string(name_of(type))));
      return object(value.get_object().value(), at, true);
    }
    if (key == "event") return text(value, at, request_.event);
    if (key == "env") return text(value, at, request_.env);
    if (key == "product") return text(value, at, request_.product);
    if (key == "product_tag") return text(value, at, request_.product_tag);
    if (key == "session")
      return fail(
          {.code = Errc::unsupported,
           .message = at + ": a session is not verified yet, and unverified none is taken along",
           .hint = "leave it out and put what the handlers need into the message or a header; nothing was sent"});
    if (key == "cache")
      return fail({.code = Errc::unsupported,
                   .message = at + ": a publish is not answered out of a cache, which would not send it",
                   .hint = "leave it out; one message for many publishes is what an id and the topic's `policy.dedup` "
                           "make; nothing was sent"});
    unknown(key, path, is_input);
  }

  void text(ondemand::value value, const std::string& at, std::string& into) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS)
      return fail(wrong(at + ": expected a string, found " + std::string(name_of(value.type().value()))));
    into = text;
  }

  void message(ondemand::value value, const std::string& at) {
    if (const auto type = value.type().value(); type != ondemand::json_type::object)
      return fail(wrong(at + ": expected an object, found " + std::string(name_of(type))));
    if (request_.has_message) return fail(wrong(at + ": the message is given twice, inside \"input\" and beside it"));
    std::string_view raw = value.get_object().value().raw_json().value();
    raw = raw.substr(0, raw.find_last_of('}') + 1);  // up to the next token there may be blanks
    request_.message = raw;
    request_.has_message = true;
  }

  void unknown(const std::string& key, const std::string& path, bool is_input) {
    constexpr std::array<std::string_view, 6> outer{"event", "env", "product", "product_tag", "input", "message"};
    constexpr std::array<std::string_view, 2> inner{"topicTag", "message"};
    auto known = is_input ? std::span<const std::string_view>(inner) : std::span<const std::string_view>(outer);
    if (!publishes_) known = known.first(known.size() - 1);
    std::string listed;
    for (auto name : known) listed.append(listed.empty() ? "" : ", ").append(name);
    fail(wrong((path.empty() ? "the request" : path) + ": unknown key " + model::in_quotes(key) +
                   model::did_you_mean(key, known),
               "known here: " + listed));
  }

  Result<Request> finished() {
    if (request_.event.empty()) return wrong("the request: the field \"event\" is missing");
    const auto event = model::parse_event(request_.event);
    if (!event) return event.error();
    if (!request_.topic.empty() && request_.topic != event->topic && request_.topic != request_.event)
      return wrong("/input/topicTag: " + model::in_quotes(request_.topic) + " is not the topic of the event " +
                   model::in_quotes(request_.event));
    auto& product = request_.product;
    if (!product.empty() && !request_.product_tag.empty() && product != request_.product_tag)
      return wrong("/product: differs from \"product_tag\", which is another spelling of the same");
    if (product.empty()) product = request_.product_tag;
    if (!product.empty())
      if (auto done = model::check_tag("/product: product tag", product); !done) return std::move(done).error();
    if (!request_.env.empty())
      if (auto done = model::check_tag("/env: environment", request_.env); !done) return std::move(done).error();
    if (publishes_ && !request_.has_message) return wrong("the request: the field \"message\" is missing");
    return std::move(request_);
  }

  bool publishes_;
  Request request_;
  std::optional<Error> problem_;
};

Result<Request> read_request(std::string_view json, bool publishes) {
  try {
    return Reader(publishes).read(json);
  } catch (const simdjson::simdjson_error& error) {
    return wrong("not valid JSON: " + std::string(error.what()));
  }
}

}  // namespace

Result<PublishRequest> PublishRequest::parse(std::string_view json) {
  auto request = read_request(json, true);
  if (!request) return std::move(request).error();
  return PublishRequest{.event = std::move(request->event),
                        .message = std::move(request->message),
                        .product = std::move(request->product),
                        .env = std::move(request->env)};
}

Result<SubscribeRequest> SubscribeRequest::parse(std::string_view json) {
  auto request = read_request(json, false);
  if (!request) return std::move(request).error();
  return SubscribeRequest{
      .event = std::move(request->event), .product = std::move(request->product), .env = std::move(request->env)};
}

}  // namespace ductape::inline v0
