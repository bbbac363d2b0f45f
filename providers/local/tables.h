// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/database.h"
#include "providers/local/grants.h"
#include "providers/local/groups.h"
#include "providers/local/log.h"
#include "providers/local/waiting.h"

namespace ductape::inline v0::local {

/// All that is in the file. Not thread-safe.
class Tables {
 public:
  explicit Tables(std::unique_ptr<Database> opened) : database_(std::move(opened)) {}

 private:
  std::unique_ptr<Database> database_;  // before what uses it

 public:
  Database& database = *database_;
  Log log{database.connected()};
  Groups groups{database.connected()};
  Members members{database.connected()};
  Grants grants{database.connected()};
  Waiting waiting{database.connected()};
};

/// Takes a member out of its group; what it held waits again, its hand-outs taken back if it left cleanly.
void take_leave(Tables& tables, const Group& group, std::int64_t member, bool clean);

/// Removes the group and its rows; not what lies in topics of its own.
void remove_group(Tables& tables, const Group& group);

}  // namespace ductape::inline v0::local
