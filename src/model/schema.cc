// SPDX-License-Identifier: Apache-2.0
#include "src/model/schema.h"

#include <algorithm>
#include <numeric>

#include "src/model/document.h"
#include "src/model/fields.h"
#include "src/model/in_quotes.h"
#include "src/model/nearest.h"
#include "src/model/schema_node.h"

namespace ductape::inline v0::model {
namespace {

using Node = Schema::Node;
using Type = Node::Type;

// What `check` looks up instead of walking the fields.
void index(Node& node) {
  node.required = 0;
  for (std::size_t i = 0; i < node.fields.size() && i < 64; ++i)
    if (node.fields[i].required) node.required |= std::uint64_t{1} << i;
  node.sorted.resize(node.fields.size());
  std::iota(node.sorted.begin(), node.sorted.end(), 0u);
  std::sort(node.sorted.begin(), node.sorted.end(),
            [&](auto a, auto b) { return node.fields[a].name < node.fields[b].name; });
}

// What both allow: the elements of a list are samples of one thing.
Node merged(const Node& a, const Node& b) {
  if (a.type != b.type) return {};
  Node out = a;
  if (a.type == Type::array) {
    if (!b.element) out.element = nullptr;
    if (a.element && b.element) out.element = std::make_shared<Node>(merged(*a.element, *b.element));
  }
  if (a.type != Type::object) return out;
  const auto named = [](Node& node, const std::string& name) {
    return std::find_if(node.fields.begin(), node.fields.end(), [&](const auto& field) { return field.name == name; });
  };
  for (auto& field : out.fields) field.required = false;
  for (const auto& other : b.fields) {
    auto same = named(out, other.name);
    if (same == out.fields.end()) {
      out.fields.push_back({other.name, other.node, false});
      continue;
    }
    const bool required_in_a = a.fields[static_cast<std::size_t>(same - out.fields.begin())].required;
    same->node = merged(same->node, other.node);
    same->required = required_in_a && other.required;
  }
  index(out);
  return out;
}

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c == '~' || c == '/')
      out.append(c == '~' ? "~0" : "~1");
    else
      out.push_back(c);
  return out;
}

void add_fields(const Json& sample, const std::string& at, Node::Pointers& into) {
  if (sample.is_object())
    for (const auto& [name, value] : sample.items()) {
      const auto there = at + "/" + escaped(name);
      into.insert(there);
      add_fields(value, there, into);
    }
  if (sample.is_array())
    for (const auto& element : sample) add_fields(element, at + "/*", into);
}

}  // namespace

Node Node::of(const Json& sample, const std::string& at, const Pointers& optional) {
  Node node;
  switch (sample.type()) {
    case Json::value_t::string:
      node.type = Type::string;
      break;
    case Json::value_t::boolean:
      node.type = Type::boolean;
      break;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      node.type = Type::number;
      break;
    case Json::value_t::object:
      node.type = Type::object;
      for (const auto& [name, value] : sample.items()) {
        const auto there = at + "/" + escaped(name);
        node.fields.push_back({name, of(value, there, optional), !optional.contains(there)});
      }
      index(node);
      break;
    case Json::value_t::array:
      node.type = Type::array;
      if (!sample.empty()) {
        Node element = of(sample.front(), at + "/*", optional);
        for (std::size_t i = 1; i < sample.size(); ++i) element = merged(element, of(sample[i], at + "/*", optional));
        node.element = std::make_shared<Node>(std::move(element));
      }
      break;
    default:
      break;
  }
  return node;
}

Result<Schema> Schema::infer(std::string_view sample, std::span<const std::string> optional) {
  auto json = parse_json(sample);
  if (!json) return std::move(json).error();
  if (!json->is_object())
    return Error{.code = Errc::invalid_argument,
                 .message = "a sample is a JSON object, found " + std::string(type_name(json->type()))};
  if (!optional.empty()) {
    Node::Pointers known;
    add_fields(*json, "", known);
    for (const auto& pointer : optional)
      if (!known.contains(pointer))
        return Error{.code = Errc::invalid_argument,
                     .message = "the sample has no field " + in_quotes(pointer) +
                                did_you_mean(pointer, std::vector<std::string_view>(known.begin(), known.end())),
                     .hint = "a JSON pointer, with * for the elements of a list: /lines/*/note"};
  }
  return Schema(std::make_shared<Node>(Node::of(*json, "", {optional.begin(), optional.end()})));
}

std::vector<std::string> Schema::widened(std::string_view before, std::string_view after,
                                         std::span<const std::string> optional) {
  Node::Pointers old_fields, new_fields, out;
  add_fields(Json::parse(before, nullptr, false), "", old_fields);
  add_fields(Json::parse(after, nullptr, false), "", new_fields);
  for (const auto& pointer : optional)
    if (new_fields.contains(pointer) || !old_fields.contains(pointer)) out.insert(pointer);
  for (const auto& field : new_fields) {
    if (old_fields.contains(field)) continue;
    // What stands in a new object comes and goes with it.
    auto parent = field.substr(0, field.rfind('/'));
    if (parent.ends_with("/*")) parent.resize(parent.size() - 2);
    if (parent.empty() || old_fields.contains(parent)) out.insert(field);
  }
  return {out.begin(), out.end()};
}

}  // namespace ductape::inline v0::model
