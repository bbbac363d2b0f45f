// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace ductape::inline v0::redis {

/// What the sessions of one connection know of one another. Used in turns of the loop only.
class Presence {
 public:
  void begins(const std::string& group, const std::string& member) { ++sessions_[{group, member}]; }
  /// Whether it was the last session of that member.
  bool ends(const std::string& group, const std::string& member) {
    const auto at = sessions_.find({group, member});
    if (at == sessions_.end()) return true;
    if (--at->second > 0) return false;
    sessions_.erase(at);
    return true;
  }
  /// Where a broadcast goes on when its session is replaced; empty before it has begun.
  std::string& position(const std::string& member) { return positions_[member]; }
  void forget_position(const std::string& member) { positions_.erase(member); }

 private:
  std::map<std::pair<std::string, std::string>, int> sessions_;
  std::map<std::string, std::string> positions_;
};

}  // namespace ductape::inline v0::redis
