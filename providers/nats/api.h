// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

using Json = nlohmann::json;

/// What JetStream says in an answer, or its error; `thing` is what an error is about. A status without a body is one
/// too: nobody listens.
Result<Json> read_answer(Result<MessagePtr> message, std::string_view thing);

/// Asks JetStream: `what` follows "$JS.API.". The request changes nothing that a second one would change again, so that
/// `outcome_unknown` is answered as `unavailable`. A null body is an empty one.
void ask_jetstream(Link& link, const std::string& what, const Json& body, std::string thing,
                   std::function<void(Result<Json>)> answer, driver::Millis patience = Link::patience);

}  // namespace ductape::inline v0::nats
