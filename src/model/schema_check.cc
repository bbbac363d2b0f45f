// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "src/model/document.h"
#include "src/model/schema_node.h"

namespace ductape::inline v0::model {
namespace {

using Node = Schema::Node;
using Type = Node::Type;
using Violation = Schema::Violation;
namespace dom = simdjson::dom;

// The way down to a value; made into text only if something is wrong with it.
struct Step {
  const Step* up = nullptr;
  std::string_view name = {};
  std::size_t index = 0;
  bool is_index = false;
};

std::string pointer(const Step* step) {
  if (!step->up) return {};
  std::string out = pointer(step->up) + "/";
  if (step->is_index) return out + std::to_string(step->index);
  for (char c : step->name) {
    if (c == '~' || c == '/')
      out.append(c == '~' ? "~0" : "~1");
    else
      out += c;
  }
  return out;
}

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"anything", "string", "number", "boolean", "object", "array"};
  return names[static_cast<std::size_t>(type)];
}

Type type_of(dom::element_type type) {
  switch (type) {
    case dom::element_type::STRING:
      return Type::string;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      return Type::number;
    case dom::element_type::BOOL:
      return Type::boolean;
    case dom::element_type::OBJECT:
      return Type::object;
    case dom::element_type::ARRAY:
      return Type::array;
    default:
      return Type::any;  // null
  }
}

// Which fields of an object were there. Most objects have few.
class Seen {
 public:
  explicit Seen(std::size_t count) {
    if (count > 64) many_.resize(count);
  }
  void add(std::size_t i) {
    if (i < 64)
      few_ |= std::uint64_t{1} << i;
    else
      many_[i] = true;
  }
  [[nodiscard]] bool has(std::size_t i) const { return i < 64 ? (few_ >> i & 1) != 0 : many_[i]; }
  [[nodiscard]] bool has_all(const Node& node) const {
    if ((few_ & node.required) != node.required) return false;
    for (std::size_t i = 64; i < node.fields.size(); ++i)
      if (node.fields[i].required && !many_[i]) return false;
    return true;
  }

 private:
  std::uint64_t few_ = 0;
  std::vector<bool> many_;
};

constexpr std::size_t not_known = static_cast<std::size_t>(-1);

// `guess` is where the field stands if the message has the sample's order.
std::size_t find(const Node& node, std::string_view name, std::size_t guess) {
  if (guess < node.fields.size() && node.fields[guess].name == name) return guess;
  const auto at = std::lower_bound(node.sorted.begin(), node.sorted.end(), name,
                                   [&](auto index, auto wanted) { return node.fields[index].name < wanted; });
  return at != node.sorted.end() && node.fields[*at].name == name ? *at : not_known;
}

// Whether the value fits; if not, `violation` says why. A bool, as an optional of three strings is dear at every field.
bool fits(const Node& node, dom::element value, const Step& step, std::optional<Violation>& violation);

bool object_fits(const Node& node, dom::object object, const Step& step, std::optional<Violation>& violation) {
  Seen seen(node.fields.size());
  std::size_t next = 0;
  for (const auto field : object) {
    const auto index = find(node, field.key, next);
    if (index == not_known) continue;
    next = index + 1;
    seen.add(index);
    if (!node.fields[index].required && field.value.is_null()) continue;
    if (!fits(node.fields[index].node, field.value, {&step, field.key, 0, false}, violation)) return false;
  }
  if (seen.has_all(node)) return true;
  std::size_t i = 0;
  while (!node.fields[i].required || seen.has(i)) ++i;
  const Step missing{&step, node.fields[i].name, 0, false};
  violation = Violation{pointer(&missing), std::string(name_of(node.fields[i].node.type)), "nothing"};
  return false;
}

bool fits(const Node& node, dom::element value, const Step& step, std::optional<Violation>& violation) {
  if (node.type == Type::any) return true;
  const auto found = type_of(value.type());
  if (found != node.type) {
    violation = Violation{pointer(&step), std::string(name_of(node.type)),
                          found == Type::any ? "null" : std::string(name_of(found))};
    return false;
  }
  if (found == Type::object) return object_fits(node, dom::object(value), step, violation);
  if (found != Type::array || !node.element) return true;
  std::size_t index = 0;
  for (const auto element : dom::array(value))
    if (!fits(*node.element, element, {&step, {}, index++, true}, violation)) return false;
  return true;
}

// A thread's own, as it is costly to make; it grows with the largest body.
struct Parser {
  dom::parser parser;
  std::vector<char> padded;
};

}  // namespace

std::optional<Violation> Schema::check(std::string_view body) const {
  constexpr std::size_t keep = std::size_t{1} << 20;
  thread_local Parser mine;
  // RFC 8259 lets a reader ignore a byte order mark, and the one that reads samples does.
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  if (mine.padded.size() < body.size() + simdjson::SIMDJSON_PADDING)
    mine.padded.resize(body.size() + simdjson::SIMDJSON_PADDING);
  if (!body.empty()) std::memcpy(mine.padded.data(), body.data(), body.size());
  dom::element root;
  std::optional<Violation> violation;
  const auto error = mine.parser.parse(mine.padded.data(), body.size(), false).get(root);
  // A whole number over 64 bits stops this parser; the one that reads samples makes a fraction of it.
  if (error == simdjson::NUMBER_ERROR)
    if (const auto read = parse_json(body)) return check(printed(*read));
  if (error)
    violation = Violation{"", "JSON", simdjson::error_message(error)};
  else
    fits(*root_, root, Step{}, violation);
  // A parser takes about ten times the body; one large message must not cost that for ever.
  if (body.size() > keep) mine = Parser();
  return violation;
}

}  // namespace ductape::inline v0::model
