// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/error.hpp>

#include "src/model/json.h"

namespace ductape::inline v0::model {

/// Reads one JSON object field by field into what is already there: a field that is absent changes nothing. The first
/// thing wrong is kept in `problem` and everything after it is skipped, so that a reader need not ask after each field.
/// Each message begins with the place as a JSON pointer. Fields that were never asked for are errors at `end()`.
class Fields {
 public:
  using Names = std::initializer_list<std::string_view>;  // the spellings of one field, the preferred one first

  /// `object` and `problem` must outlive this.
  Fields(const Json& object, std::string path, std::optional<Error>& problem);

  [[nodiscard]] bool ok() const { return !problem_; }
  [[nodiscard]] std::optional<Error>& problem() { return problem_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// The value of a field, or null. Two spellings at once must agree.
  const Json* find(Names names);
  /// The same, and its type must be this one.
  const Json* find(Names names, Json::value_t type);

  void text(Names names, std::string& into);
  /// The same, but null empties it.
  void optional_text(Names names, std::string& into);
  /// A list of them.
  void texts(Names names, std::vector<std::string>& into);
  void boolean(Names names, bool& into);
  void count(Names names, std::uint32_t& into);
  void revision(std::uint64_t& into);
  void duration(Names names, std::chrono::milliseconds& into);
  void size(Names names, std::uint64_t& into);
  /// The index of a word among `words`.
  template <class Enum>
  void choice(Names names, std::span<const std::string_view> words, Enum& into) {
    if (auto index = index_of(names, words)) into = static_cast<Enum>(*index);
  }

  void required(Names names);

  void fail(std::string path, std::string message, std::string hint = {});
  /// The same, at this place, for an error that somebody else found.
  void fail(std::string path, const Error& error);

  void end();

 private:
  std::optional<std::size_t> index_of(Names names, std::span<const std::string_view> words);
  const Json& object_;
  std::string path_;
  std::optional<Error>& problem_;
  std::vector<std::string_view> known_;
};

/// "a string", "an object", ... as error messages say it.
[[nodiscard]] std::string_view type_name(Json::value_t type);

}  // namespace ductape::inline v0::model
