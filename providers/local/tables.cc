// SPDX-License-Identifier: Apache-2.0
#include "providers/local/tables.h"

namespace ductape::inline v0::local {

void take_leave(Tables& tables, const Group& group, std::int64_t member, bool clean) {
  const std::int64_t returned = clean ? 1 : 0;
  for (const auto& grant : tables.grants.of(group.id, member)) {
    for (auto pos = grant.first; pos <= grant.last; ++pos)
      if (!grant.is_done(pos)) tables.waiting.add(group.id, {.pos = pos, .deliveries = 1 - returned}, nobody, 0);
    tables.grants.remove(group.id, grant.first);
  }
  for (const auto key : tables.waiting.release(group.id, member, returned)) tables.waiting.arrange(group.id, key);
  if (group.active == member) tables.groups.activate(group.id, 0);
  tables.members.remove(member);
}

void remove_group(Tables& tables, const Group& group) {
  tables.grants.remove_all(group.id);
  tables.waiting.remove_all(group.id);
  tables.members.remove_all(group.id);
  tables.groups.remove(group.id);
}

}  // namespace ductape::inline v0::local
