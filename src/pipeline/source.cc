// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/source.h"

#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0::pipeline {

void Source::delivered(std::span<driver::Delivered> messages) { subscription_.on_delivered(*this, messages); }
void Source::settled(std::span<const driver::Settled> answers) { subscription_.on_settled(*this, answers); }
void Source::revoking(std::span<const std::uint32_t> scopes, driver::Deadline) {
  subscription_.on_revoking(*this, scopes);
}
void Source::lost(std::span<const driver::Tag> tags, Error) { subscription_.on_lost(*this, tags); }
void Source::alive(driver::Deadline) { subscription_.on_alive(*this); }
void Source::gap(std::uint32_t, std::uint64_t messages) { subscription_.on_gap(messages); }
void Source::ended(Error why) { subscription_.on_ended(*this, std::move(why)); }

}  // namespace ductape::inline v0::pipeline
