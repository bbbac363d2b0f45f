// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// What messages of a topic look like, inferred from one sample: names, types, nested objects and lists. Fields beyond
/// the sample are accepted, those of the sample are required unless said otherwise. A null in the sample and a list of
/// unlike elements say nothing about types. Immutable; a cheap handle; `check` may be called by any thread.
class Schema {
 public:
  /// `sample` is a JSON object. The fields that `optional` names need not be there, and may be null: JSON pointers,
  /// with `*` for the elements of a list (`/lines/*/note`). Errors: `invalid_argument`, also for a pointer to what the
  /// sample does not have.
  static Result<Schema> infer(std::string_view sample, std::span<const std::string> optional = {});

  /// What is optional once the topic's sample becomes `after`: what was and is still there, and what `before` did not
  /// have, as publishers that run do not send it yet. Both are samples that `infer` accepts.
  static std::vector<std::string> widened(std::string_view before, std::string_view after,
                                          std::span<const std::string> optional);

  struct Violation {
    std::string path = {};  ///< JSON pointer
    std::string expected = {};
    std::string found = {};
  };
  /// The first thing that does not fit, or nothing. What is not valid JSON at all is a violation at path "". Allocates
  /// nothing if the body fits.
  [[nodiscard]] std::optional<Violation> check(std::string_view body) const;

  struct Node;

 private:
  explicit Schema(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace ductape::inline v0::model
