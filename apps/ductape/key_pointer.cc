// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/key_pointer.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/ductape/json_failure.h"

namespace ductape::cli {
namespace {

/// Follows a pointer through the events of a parser, without building the document.
class Walk {
 public:
  explicit Walk(const std::vector<std::string>& steps) : steps_(steps) {}

  std::string key_text = {};
  bool structured = false;  // the place holds an object or an array
  std::optional<std::string> failure = {};

  bool null() { return scalar(""); }
  bool boolean(bool value) { return scalar(value ? "true" : "false"); }
  // The parser calls this for negative numbers only, so that 0 can only have been written "-0".
  bool number_integer(std::int64_t value) { return scalar(value == 0 ? "-0" : std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) { return scalar(std::to_string(value)); }
  bool number_float(double, const std::string& text) { return scalar(text); }
  bool string(std::string& value) { return scalar(value); }
  bool binary(nlohmann::json::binary_t&) { return true; }

  bool start_object(std::size_t) { return open(false); }
  bool start_array(std::size_t) { return open(true); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (path_.size() != depth_) return true;
    path_.back().name_matches = name == steps_[depth_ - 1];
    if (path_.back().name_matches) {  // of a name that comes twice the last counts
      key_text.clear();
      structured = false;
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    failure = json_failure(position, error.what());
    return false;
  }

 private:
  /// A container that the pointer leads through.
  struct Frame {
    bool array = false;
    std::size_t index = 0;      // of the element that comes next
    bool name_matches = false;  // the member whose value comes next is the one
  };

  // A value begins below `depth_` containers. Is it what the first `depth_` steps lead to?
  bool on_path() {
    if (path_.size() != depth_) return false;
    if (depth_ == 0) return true;
    Frame& around = path_.back();
    if (!around.array) return around.name_matches;
    return std::to_string(around.index++) == steps_[depth_ - 1];
  }
  bool at_the_end() const { return depth_ == steps_.size(); }

  bool scalar(std::string_view text) {
    if (on_path() && at_the_end()) key_text = text;
    return true;
  }
  bool open(bool array) {
    if (on_path()) {
      if (at_the_end())
        structured = true;
      else
        path_.push_back({.array = array});
    }
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    if (path_.size() > depth_) path_.pop_back();
    return true;
  }

  const std::vector<std::string>& steps_;
  std::size_t depth_ = 0;  // containers open here; the first path_.size() of them are on the path
  std::vector<Frame> path_ = {};
};

}  // namespace

Result<KeyPointer> KeyPointer::parse(std::string_view pointer) {
  const auto refuse = [&](std::string_view why) {
    return Error{.code = Errc::invalid_argument,
                 .message = "--key-from \"" + std::string(pointer) + "\": " + std::string(why),
                 .hint = "a JSON pointer such as /origin or /customer/id"};
  };
  KeyPointer result;
  result.text_ = pointer;
  if (pointer.empty()) return result;
  if (pointer.front() != '/') return refuse("a JSON pointer begins with /");
  std::string step;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      result.steps_.push_back(std::exchange(step, {}));
    } else if (pointer[i] == '~') {
      if (++i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return refuse("~ is followed by 0 or 1");
      step += pointer[i] == '0' ? '~' : '/';
    } else {
      step += pointer[i];
    }
  }
  result.steps_.push_back(std::move(step));
  return result;
}

Result<std::string> KeyPointer::key_of(std::string_view json) const {
  Walk walk(steps_);
  if (auto reason = never_json(json))
    walk.failure = std::move(reason);
  else
    nlohmann::json::sax_parse(json.begin(), json.end(), &walk);
  if (walk.failure) return Error{.code = Errc::invalid_argument, .message = "not JSON: " + *walk.failure};
  if (walk.structured)
    return Error{.code = Errc::invalid_argument,
                 .message = "the key at \"" + text_ + "\" is an object or an array",
                 .hint = "point --key-from at a string or a number"};
  return std::move(walk.key_text);
}

}  // namespace ductape::cli
