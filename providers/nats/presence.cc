// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/presence.h"

namespace ductape::inline v0::nats {

std::shared_ptr<Inlet> be_present(const std::shared_ptr<Link>& link, const Place& place) {
  return link->listen(presence_subject(place), [weak = std::weak_ptr(link)](const std::vector<MessagePtr>& asked) {
    if (const auto here = weak.lock()) reply_to_each(*here, asked, "here");
  });
}

void reply_to_each(Link& link, const std::vector<MessagePtr>& messages, std::string_view answer) {
  for (const auto& message : messages)
    if (const char* reply = message ? natsMsg_GetReply(message.get()) : nullptr; reply != nullptr)
      link.send(reply, {}, answer);
}

}  // namespace ductape::inline v0::nats
