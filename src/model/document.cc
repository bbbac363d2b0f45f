// SPDX-License-Identifier: Apache-2.0
#include "src/model/document.h"

#include <simdjson.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {
namespace {

constexpr std::string_view unacceptable = "not acceptable JSON: ";

// Thrown through the parser, which knows no other way to be stopped with a reason.
struct Refused {
  std::string why;
};

std::size_t line_of(std::string_view text, std::size_t bytes_read) {
  const auto before = text.substr(0, bytes_read == 0 ? 0 : bytes_read - 1);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

Error refused(std::string_view what, std::size_t line, const std::string& why) {
  return {.code = Errc::invalid_argument, .message = std::string(what) + ", line " + std::to_string(line) + ": " + why};
}

// "[json.exception.parse_error.101] parse error at line 2, column 5: syntax error ..." without what we say ourselves.
std::string reason(const nlohmann::json::parse_error& error) {
  const std::string_view what = error.what();
  const auto place = what.find("column ");
  const auto colon = place == what.npos ? what.npos : what.find(": ", place);
  std::string out(colon == what.npos ? what : what.substr(colon + 2));
  // An excerpt of the document, which may hold a credential.
  if (const auto excerpt = out.find("; last read: '"); excerpt != out.npos) {
    const auto rest = out.rfind("'; expected ");
    out.erase(excerpt, (rest == out.npos ? out.size() : rest + 1) - excerpt);
  }
  return out;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  // The parser takes a NUL for the end, whatever follows.
  if (const auto at = text.find('\0'); at != text.npos)
    return refused("not valid JSON", line_of(text, at + 1), "a NUL byte");
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (static_cast<std::size_t>(depth) >= deepest_document)
        throw Refused{"nested deeper than " + std::to_string(deepest_document) + " levels"};
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw Refused{"the key " + in_quotes(parsed.get_ref<const std::string&>()) + " is given twice in one object"};
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const nlohmann::json::parse_error& error) {
    return refused("not valid JSON", line_of(text, error.byte), reason(error));
  } catch (const nlohmann::json::exception& error) {
    return refused("not valid JSON", 1, error.what());  // e.g. a number out of range
  } catch (const Refused& refusal) {
    return Error{.code = Errc::invalid_argument, .message = std::string(unacceptable) + refusal.why};
  }
}

Result<Json> parse_document(std::string_view text) {
  if (!simdjson::validate_utf8(text))
    return Error{.code = Errc::invalid_argument, .message = "the document is not valid UTF-8"};
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return Error{.code = Errc::invalid_argument, .message = "the document is empty"};
  if (text[first] != '{' && text[first] != '[') return parse_yaml(text);
  // `{ slug: dev }` is YAML; but who writes a brace first most likely means JSON, so that error is the useful one.
  auto json = parse_json(text);
  // What is JSON and not acceptable as it is no better as YAML.
  if (json || json.error().message.starts_with(unacceptable)) return json;
  auto yaml = parse_yaml(text);
  return yaml ? std::move(yaml) : std::move(json);
}

}  // namespace ductape::inline v0::model
