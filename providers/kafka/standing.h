// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ductape::inline v0::kafka {

/// Offsets, as disjoint ranges that do not touch: first and last.
class Offsets {
 public:
  void add(std::int64_t offset) { add(offset, offset); }
  void add(std::int64_t first, std::int64_t last);
  void remove_below(std::int64_t offset);
  [[nodiscard]] bool contains(std::int64_t offset) const;
  [[nodiscard]] std::uint64_t count() const;
  /// How many of them are below.
  [[nodiscard]] std::uint64_t count_below(std::int64_t offset) const;
  [[nodiscard]] const std::map<std::int64_t, std::int64_t>& ranges() const { return ranges_; }

 private:
  std::map<std::int64_t, std::int64_t> ranges_;
};

/// What a group has committed for a partition: the offset, and in its metadata what an offset cannot say.
struct Standing {
  std::int64_t offset = 0;  ///< all below are finished
  std::uint32_t starts =
      0;  ///< how often it was read from here without getting any further, 3 at most; 0 after a clean end
  std::int64_t until = 0;  ///< those that may have been handed out in these starts are below; 0: not known
  std::uint32_t alone =
      0;              ///< how often the first that is not finished was handed out with no other after those starts
  Offsets done = {};  ///< finished, above the first that is not

  [[nodiscard]] bool finished(std::int64_t at) const { return at < offset || done.contains(at); }
};

/// The metadata of a commit. Of `done` it names those that fit, the lowest first, and leaves only these in `standing`.
std::string write_metadata(Standing& standing);

/// A metadata that is not ours says nothing.
Standing read_standing(std::int64_t offset, std::string_view metadata);

}  // namespace ductape::inline v0::kafka
