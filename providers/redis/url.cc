// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/url.h"

#include <charconv>

#include <ductape/driver/percent_decoded.hpp>

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {
namespace {

using driver::percent_decoded;

Error wrong(std::string_view what) {
  return failure(Errc::invalid_argument, "`url`: " + std::string(what),
                 "redis://user:password@host:port/db, or rediss:// with TLS");
}

bool read_number(std::string_view text, std::int64_t most, std::int64_t& into) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc() && end == text.data() + text.size() && into >= 0 && into <= most;
}

}  // namespace

Result<void> apply_url(RedisOptions& options) {
  std::string_view rest = options.url;
  if (rest.empty()) return {};
  if (!options.host.empty()) return wrong("`host` is given too");
  const auto scheme = rest.substr(0, std::min(rest.find("://"), rest.size()));
  if (scheme != "redis" && scheme != "rediss") return wrong("begins with neither redis:// nor rediss://");
  if (scheme == "rediss") options.tls = true;
  rest.remove_prefix(scheme.size() + 3);
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    const auto user = rest.substr(0, at);
    const auto colon = user.find(':');
    if (const auto name = user.substr(0, colon); !name.empty()) options.username = percent_decoded(name);
    if (colon != user.npos) options.password = Secret(percent_decoded(user.substr(colon + 1)));
    rest.remove_prefix(at + 1);
  }
  if (const auto slash = rest.find('/'); slash != rest.npos) {
    const auto db = rest.substr(slash + 1);
    if (!db.empty() && !read_number(db, std::numeric_limits<std::int32_t>::max(), options.db))
      return wrong("what stands behind the / is no database's number");
    rest = rest.substr(0, slash);
  }
  const auto bracket = rest.find(']');
  if (const auto colon = rest.rfind(':'); colon != rest.npos && (bracket == rest.npos || colon > bracket)) {
    if (!read_number(rest.substr(colon + 1), 65'535, options.port) || options.port == 0)
      return wrong("the port is not 1 to 65535");
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return wrong("has no host");
  options.host = rest;
  return {};
}

}  // namespace ductape::inline v0::redis
