// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/link.h"
#include "providers/nats/names.h"

namespace ductape::inline v0::nats {

/// Tells those who ask, before they take a group away, that it has a member.
std::shared_ptr<Inlet> be_present(const std::shared_ptr<Link>& link, const Place& place);

/// To each message that has a subject for its answer.
void reply_to_each(Link& link, const std::vector<MessagePtr>& messages, std::string_view answer);

}  // namespace ductape::inline v0::nats
