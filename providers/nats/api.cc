// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/api.h"

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {

Result<Json> read_answer(Result<MessagePtr> message, std::string_view thing) {
  if (!message) return std::move(message).error();
  if (status_of(**message) == 503) return no_responders(thing);
  auto answer = Json::parse(body_of(**message), nullptr, false);
  if (!answer.is_object())
    return failure(Errc::unavailable, std::string(thing) + ": the answer is not JetStream's",
                   "look which service listens to the subject");
  const auto error = answer.find("error");
  if (error == answer.end() || !error->is_object()) return answer;
  return from_jetstream(error->value("err_code", 0), error->value("code", 0), thing, error->value("description", ""));
}

void ask_jetstream(Link& link, const std::string& what, const Json& body, std::string thing,
                   std::function<void(Result<Json>)> answer, driver::Millis patience) {
  link.ask("$JS.API." + what, body.is_null() ? std::string() : body.dump(), {}, link.runtime().now() + patience,
           [thing = std::move(thing), answer = std::move(answer)](Result<MessagePtr> message) {
             auto read = read_answer(std::move(message), thing);
             if (read || read.error().code != Errc::outcome_unknown) return answer(std::move(read));
             auto why = std::move(read).error();
             why.code = Errc::unavailable;
             why.message = thing + ": " + why.message;
             why.hint =
                 "look at the server's log, and whether the user has the right to publish to $JS.API.> and to "
                 "subscribe to _INBOX.>";
             answer(std::move(why));
           });
}

}  // namespace ductape::inline v0::nats
