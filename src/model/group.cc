// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <ductape/units.hpp>

#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/objects.h"
#include "src/model/policy.h"

namespace ductape::inline v0 {
namespace model {
namespace {

// In the order of Mode. A broadcast has no group, so it is no word here.
constexpr std::array<std::string_view, 2> modes{"shared", "exclusive"};

}  // namespace

void read(Fields& fields, GroupDefinition& into) {
  fields.text({"product", "product_tag"}, into.product);
  fields.text({"event"}, into.event);
  fields.required({"name"});
  fields.text({"name"}, into.name);
  fields.revision(into.revision);
  fields.choice({"mode"}, modes, into.mode);
  fields.text({"from"}, into.from);
  if (const auto* value = fields.find({"policy"}, Json::value_t::object)) {
    Fields policy(*value, fields.path("policy"), fields.problem());
    read_retry(policy, into.retry);
    policy.end();
  }
}

Json to_json(const GroupDefinition& group) {
  return {{"event", group.event},
          {"name", group.name},
          {"mode", group.mode == Mode::exclusive ? modes[1] : modes[0]},
          {"from", group.from},
          {"policy", retry_json(group.retry)}};
}

Result<void> check_start(std::string& from) {
  if (from == "latest" || from == "earliest") return {};
  const auto time = parse_time(from);
  if (!time)
    return Error{.code = Errc::invalid_argument,
                 .message = in_quotes(from) + " is no place to start from",
                 .hint = "latest, earliest, or a time: 2026-11-21T10:11:12Z"};
  from = format_time(*time);
  return {};
}

Result<void> check(GroupDefinition& group, const std::string& path) {
  const auto at = [&](std::string_view field, Error error) {
    error.message.insert(0, path + "/" + std::string(field) + ": ");
    return error;
  };
  if (auto event = parse_event(group.event); !event) return at("event", std::move(event).error());
  if (auto done = check_group_name(group.name); !done) return at("name", std::move(done).error());
  if (group.mode == Mode::broadcast)
    return at("mode", Error{.code = Errc::invalid_argument,
                            .message = "a broadcast has no group",
                            .hint = "shared or exclusive; a subscription may be a broadcast"});
  if (auto start = check_start(group.from); !start) return at("from", std::move(start).error());
  return check_retry(group.retry, path + "/policy");
}

}  // namespace model

std::string GroupDefinition::json() const {
  auto json = model::to_json(*this);
  if (!product.empty()) json["product"] = product;
  if (revision != 0) json["revision"] = revision;
  return model::printed(json);
}

}  // namespace ductape::inline v0
