// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/model/json.h"
#include "src/model/schema.h"

namespace ductape::inline v0::model {

/// What is known about one value of a message.
struct Schema::Node {
  enum class Type : std::uint8_t { any, string, number, boolean, object, array } type = Type::any;
  struct Field;
  std::vector<Field> fields;                 // object: in the sample's order, which is most likely the messages' too
  std::vector<std::uint32_t> sorted = {};    // their indices by name
  std::uint64_t required = 0;                // a bit for each of the first 64 fields that are
  std::shared_ptr<const Node> element = {};  // array; null: any

  using Pointers = std::set<std::string, std::less<>>;
  static Node of(const Json& sample, const std::string& at, const Pointers& optional);
};

struct Schema::Node::Field {
  std::string name = {};
  Node node = {};
  bool required = true;
};

}  // namespace ductape::inline v0::model
