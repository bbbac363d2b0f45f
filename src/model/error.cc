// SPDX-License-Identifier: Apache-2.0
#include <ductape/error.hpp>

#include <array>
#include <cstddef>

namespace ductape::inline v0 {
namespace {

struct Row {
  std::string_view lower, upper;
  bool retryable;
};

// In the order of Errc.
constexpr std::array rows{
    Row{"ok", "OK", false},
    Row{"invalid_argument", "INVALID_ARGUMENT", false},
    Row{"not_found", "NOT_FOUND", false},
    Row{"already_exists", "ALREADY_EXISTS", false},
    Row{"unauthenticated", "UNAUTHENTICATED", false},
    Row{"permission_denied", "PERMISSION_DENIED", false},
    Row{"unavailable", "UNAVAILABLE", true},
    Row{"timed_out", "TIMED_OUT", true},
    Row{"throttled", "THROTTLED", true},
    Row{"queue_full", "QUEUE_FULL", true},
    Row{"message_too_large", "MESSAGE_TOO_LARGE", false},
    Row{"conflict", "CONFLICT", false},
    Row{"unsupported", "UNSUPPORTED", false},
    Row{"cancelled", "CANCELLED", false},
    Row{"closed", "CLOSED", false},
    Row{"outcome_unknown", "OUTCOME_UNKNOWN", true},
    Row{"lost", "LOST", false},
    Row{"data_loss", "DATA_LOSS", false},
    Row{"internal", "INTERNAL", false},
};
static_assert(rows.size() == static_cast<std::size_t>(Errc::internal) + 1);

const Row& row(Errc code) noexcept { return rows[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view to_string(Errc code) noexcept { return row(code).lower; }
bool is_retryable(Errc code) noexcept { return row(code).retryable; }
std::string_view Error::name() const noexcept { return documented ? documented : row(code).upper; }

}  // namespace ductape::inline v0
