// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <ductape/driver/field.hpp>
#include <ductape/result.hpp>
#include <ductape/secret.hpp>
#include <ductape/units.hpp>

/// How a provider's options are told once and used everywhere. A provider has an aggregate with every member
/// initialised and one function that visits its members:
///
///     struct KafkaOptions { std::vector<std::string> brokers = {}; bool ssl = false; ... };
///     template <class Visit>
///     void describe(Visit& visit, KafkaOptions& options) {
///       visit(options.brokers, {.name = "brokers", .help = "host:port, one or more", .required = true});
///       visit(options.ssl, {.name = "ssl", .help = "TLS to the brokers"});
///     }
///
/// From it come the fields that files and the command line are checked against, help and documents, what is hidden, and
/// the struct itself.
namespace ductape::inline v0::driver {

namespace detail {

// What a member's type says of its field, how its value is written, and how it is read; false if it cannot be.
inline FieldType type_of(const std::string&) { return FieldType::text; }
inline FieldType type_of(const Secret&) { return FieldType::secret; }
inline FieldType type_of(const std::vector<std::string>&) { return FieldType::list; }
inline FieldType type_of(const bool&) { return FieldType::boolean; }
inline FieldType type_of(const std::int64_t&) { return FieldType::number; }
inline FieldType type_of(const std::chrono::milliseconds&) { return FieldType::duration; }
inline FieldType type_of(const Config&) { return FieldType::native; }

inline std::string written(const std::string& value) { return value; }
inline std::string written(const Secret&) { return {}; }
inline std::string written(const bool& value) { return value ? "true" : "false"; }
inline std::string written(const std::int64_t& value) { return std::to_string(value); }
inline std::string written(const std::chrono::milliseconds& value) { return format_duration(value); }
inline std::string written(const Config&) { return {}; }
std::string written(const std::vector<std::string>& value);

bool read(std::string_view text, std::string& into);
bool read(std::string_view text, Secret& into);
bool read(std::string_view text, std::vector<std::string>& into);
bool read(std::string_view text, bool& into);
bool read(std::string_view text, std::int64_t& into);
bool read(std::string_view text, std::chrono::milliseconds& into);

class Collector {
 public:
  template <class Member>
  void operator()(Member& member, Field field) {
    field.type = type_of(member);
    field.secret = field.type == FieldType::secret;
    field.by_default = written(member);
    fields.push_back(std::move(field));
  }
  std::vector<Field> fields;
};

/// Reads each member from the config, by whatever spelling it stands there under.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}

  template <class Member>
  void operator()(Member& member, const Field& field) {
    if (problem) return;
    const auto value = find(config_, field);
    if (!value) return;
    Field typed = field;
    typed.type = type_of(member);
    if (auto why = why_not(typed, *value))
      problem = refused(field, *why);
    else
      read(*value, member);
  }
  void operator()(Config& member, const Field& field);

  std::optional<Error> problem;

 private:
  static const std::string* find(const Config& config, const Field& field);
  static Error refused(const Field& field, const std::string& why);
  const Config& config_;
};

}  // namespace detail

/// The fields of an options struct, in the order in which it describes them.
template <class Options>
std::vector<Field> fields_of() {
  detail::Collector collector;
  Options defaults;
  describe(collector, defaults);
  return std::move(collector.fields);
}

/// The struct as a config gives it; what it does not name keeps its default. Errors: `invalid_argument` that names the
/// field, never a secret.
template <class Options>
Result<Options> read_options(const Config& config) {
  Options options;
  detail::Reader reader(config);
  describe(reader, options);
  if (reader.problem) return std::move(*reader.problem);
  return options;
}

}  // namespace ductape::inline v0::driver
