// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/exit_code.h"

#include <algorithm>

namespace ductape::cli {

ExitCode exit_code(const Error& error) noexcept {
  // Without a server behind it a refusal comes from the store's files: somebody has to put them right first.
  const bool ours = error.provider.empty() || error.provider == "local";
  switch (error.code) {
    case Errc::ok:
      return done;
    case Errc::invalid_argument:
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::message_too_large:
    case Errc::conflict:
    case Errc::unsupported:
    case Errc::data_loss:
      return wrong;
    case Errc::permission_denied:
      return ours ? wrong : failed;
    case Errc::unavailable:
      return error.name() == "STORE_UNUSABLE" ? wrong : failed;
    case Errc::outcome_unknown:
      return outcome_unknown;
    case Errc::unauthenticated:
    case Errc::timed_out:
    case Errc::throttled:
    case Errc::queue_full:
    case Errc::cancelled:
    case Errc::closed:
    case Errc::lost:
    case Errc::internal:
      return failed;
  }
  return failed;
}

ExitCode worse(ExitCode a, ExitCode b) noexcept { return std::max(a, b); }

}  // namespace ductape::cli
