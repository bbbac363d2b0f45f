// SPDX-License-Identifier: Apache-2.0
#include "providers/local/grants.h"

#include <bit>

namespace ductape::inline v0::local {
namespace {

std::vector<Grant> grants_of(Rows rows) {
  std::vector<Grant> grants;
  while (rows.next()) {
    Grant grant(rows.integer(0), rows.integer(1));
    const auto done = rows.bytes(2);
    grant.done.assign(done.substr(0, grant.done.size()))
        .resize(static_cast<std::size_t>((grant.last - grant.first) / 8 + 1));
    grants.push_back(std::move(grant));
  }
  return grants;
}

}  // namespace

std::int64_t Grant::open() const {
  std::int64_t set = 0;
  for (const char c : done) set += std::popcount(static_cast<unsigned char>(c));
  return last - first + 1 - set;
}

std::int64_t Grant::first_open() const {
  auto pos = first;
  while (pos <= last && is_done(pos)) ++pos;
  return pos;
}

void Grants::add(std::int64_t group, const Grant& grant, std::int64_t member) {
  add_.run(group, grant.first, grant.last, member, Blob{grant.done.data(), grant.done.size()});
}
void Grants::update(std::int64_t group, const Grant& grant) {
  update_.run(Blob{grant.done.data(), grant.done.size()}, group, grant.first);
}
std::vector<Grant> Grants::of(std::int64_t group, std::int64_t member) { return grants_of(of_(group, member)); }
std::vector<Grant> Grants::all(std::int64_t group) { return grants_of(all_(group)); }
std::optional<Grant> Grants::first(std::int64_t group) {
  auto grants = grants_of(first_(group));
  if (grants.empty()) return std::nullopt;
  return std::move(grants.front());
}

}  // namespace ductape::inline v0::local
