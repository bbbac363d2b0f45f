// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/provider.hpp>
#include <ductape/registry.hpp>

#include "src/model/fields.h"

/// The registry's objects as JSON, in both directions; files, command line and store go through here.
namespace ductape::inline v0::model {

// `read` takes what the fields name and leaves the rest of `into` as it is, so that a partial object merges into a
// whole one. It looks at form only. The caller ends the fields, having taken what is its own.
void read(Fields& fields, Product& into);
void read(Fields& fields, Broker& into);  // envs merge by slug
void read(Fields& fields, TopicDefinition& into);
void read(Fields& fields, GroupDefinition& into);

// Without product and revision, which are the place and the state of a record, not part of it.
[[nodiscard]] Json to_json(const Product& product);
[[nodiscard]] Json to_json(const Broker& broker);
[[nodiscard]] Json to_json(const TopicDefinition& topic);
[[nodiscard]] Json to_json(const GroupDefinition& group);

// `check` says whether an object may be stored, and puts it into the form in which it is: names default to tags,
// types are canonical, JSON text is compact. Places in errors begin with `path`.
Result<void> check(Product& product, const std::string& path = {});
Result<void> check(Broker& broker, std::span<const driver::Provider* const> linked, const std::string& path = {});
Result<void> check(TopicDefinition& topic, const std::string& path = {});
Result<void> check(GroupDefinition& group, const std::string& path = {});

/// Makes optional what the sample of `topic` has and that of the stored topic does not. Before `check`.
void widen(TopicDefinition& topic, const TopicDefinition& before);

/// "latest", "earliest" or a time, which is put into the form of `format_time`.
Result<void> check_start(std::string& from);

}  // namespace ductape::inline v0::model
