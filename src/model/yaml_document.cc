// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "src/model/document.h"
#include "src/model/in_quotes.h"
#include "src/model/json.h"

namespace ductape::inline v0::model {
namespace {

// Aliases make a small text stand for a huge document; this many values are more than any registry holds.
constexpr std::size_t most_values = 1'000'000;

struct RefusedAt {
  int line;
  std::string why;
};

struct TooDeep {
  int line;
};

const std::string too_deep = "nested deeper than " + std::to_string(deepest_document) + " levels";

// The first of the lines up to `last` that has a tab among the blanks at its beginning; 0 if none has.
int tab_indented(std::string_view text, int last) {
  for (int line = 1; line <= last; ++line) {
    const auto blanks = text.substr(0, text.find_first_not_of(" \t"));
    if (blanks.find('\t') != blanks.npos) return line;
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (text.empty()) break;
  }
  return 0;
}

// Whether the whole text is a number; one that does not fit gives `too_large`.
template <class Number>
bool number(std::string_view text, Number& into, bool& too_large) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  const bool whole = end == text.data() + text.size();
  too_large = whole && error == std::errc::result_out_of_range;
  return whole && error == std::errc{};
}

// Ends the reading where a second document begins. The library itself reads on until the memory is gone, as it never
// leaves a comma that stands where a document begins.
class OneDocument : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++count > 1)
      throw RefusedAt{mark.line + 1, "a second document or a stray ',' begins here; 1 document is allowed"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    enter(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    enter(mark);
  }
  void OnMapEnd() override { --depth_; }

  int count = 0;

 private:
  void enter(const YAML::Mark& mark) {
    if (depth_++ >= deepest_document) throw TooDeep{mark.line + 1};
  }
  std::size_t depth_ = 0;
};

void look_through(std::string_view text, OneDocument& seen) {
  std::istringstream input{std::string(text)};
  for (YAML::Parser parser(input); parser.HandleNextDocument(seen);) continue;
}

// The library reads all brackets that stand in a row before it tells of the first, which takes seconds for megabytes of
// them. What is nested too deep is so in a part that ends behind the place; whatever else a part looks like is nothing
// that could be said of the whole.
void refuse_deep(std::string_view text) {
  constexpr std::size_t first_part = 64 << 10;
  for (auto size = first_part; size < text.size(); size *= 4) {
    try {
      OneDocument part;
      look_through(text.substr(0, size), part);
    } catch (const YAML::Exception&) {
      continue;
    } catch (const RefusedAt&) {
      continue;
    }
  }
}

// The core schema's rules for a scalar without quotes.
Json plain(const std::string& text, int line) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const auto unsigned_text = std::string_view(text).substr(text[0] == '+' ? 1 : 0);
  const auto begins_like_number = unsigned_text.find_first_of("0123456789") <= 1;
  if (!begins_like_number || unsigned_text.find_first_not_of("0123456789+-.eE") != unsigned_text.npos) return text;
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  double real = 0;
  bool too_large = false;
  if (number(unsigned_text, whole, too_large)) return whole;
  if (number(unsigned_text, large, too_large)) return large;
  if (number(unsigned_text, real, too_large)) return real;
  // JSON refuses it as well; as a string it would be somebody's surprise later.
  if (too_large) throw RefusedAt{line, "the number " + in_quotes(text) + " is too large"};
  return text;
}

// The library takes the escapes \N and \_ for single bytes, which no text in UTF-8 has.
const std::string& scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (const auto valid = check_utf8("", text); !valid)
    throw RefusedAt{node.Mark().line + 1, "a text is not UTF-8; if it has \\N or \\_, write \\u0085 or \\u00A0"};
  return text;
}

class Converter {
 public:
  Json convert(const YAML::Node& node, std::size_t depth) {
    const int line = node.Mark().line + 1;
    if (depth >= deepest_document && (node.IsMap() || node.IsSequence())) throw RefusedAt{line, too_deep};
    if (++values_ > most_values) throw RefusedAt{line, "more than " + std::to_string(most_values) + " values"};
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return node.Tag() == "?" ? plain(scalar(node), line) : Json(scalar(node));
      case YAML::NodeType::Sequence: {
        Json array = Json::array();
        for (const auto& element : node) array.push_back(convert(element, depth + 1));
        return array;
      }
      case YAML::NodeType::Map: {
        Json object = Json::object();
        for (const auto& entry : node) {
          if (!entry.first.IsScalar()) throw RefusedAt{line, "a key must be a plain word"};
          const auto& key = scalar(entry.first);
          if (object.contains(key))
            throw RefusedAt{entry.first.Mark().line + 1, "the key " + in_quotes(key) + " is given twice in one object"};
          object[key] = convert(entry.second, depth + 1);
        }
        return object;
      }
      default:
        return nullptr;
    }
  }

 private:
  std::size_t values_ = 0;
};

// Words that YAML 1.1 takes for something else; other tools still do.
bool is_reserved(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array<std::string_view, 9> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::find(words, word) != words.end();
}

bool needs_no_quotes(const std::string& text) {
  constexpr std::string_view inside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text.front())) || text.back() == ':') return false;
  return text.find_first_not_of(inside) == text.npos && !is_reserved(text);
}

class Writer {
 public:
  std::string text_of(const Json& document) {
    emit(document);
    return with_noncharacters({out_.c_str(), out_.size()}) + "\n";
  }

 private:
  void emit(const Json& value) {
    if (value.is_object()) {
      if (value.empty()) out_ << YAML::Flow;
      const auto is_long = [](const auto& member) { return member.key().size() > longest_key; };
      if (std::ranges::any_of(value.items(), is_long)) out_ << YAML::LongKey;
      out_ << YAML::BeginMap;
      for (const auto& [key, of] : value.items()) {
        out_ << YAML::Key;
        emit_text(key);
        out_ << YAML::Value;
        emit(of);
      }
      out_ << YAML::EndMap;
    } else if (value.is_array()) {
      if (value.empty()) out_ << YAML::Flow;
      out_ << YAML::BeginSeq;
      for (const auto& element : value) emit(element);
      out_ << YAML::EndSeq;
    } else if (value.is_string()) {
      emit_text(value.get_ref<const std::string&>());
    } else if (value.is_null()) {
      out_ << YAML::Null;
    } else if (value.is_boolean()) {
      out_ << value.get<bool>();
    } else {
      out_ << value.dump();  // numbers are the same in both
    }
  }

  void emit_text(const std::string& text) {
    if (!needs_no_quotes(text)) out_ << YAML::DoubleQuoted;
    out_ << text;
    for (std::size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i++]);
      if (lead < 0xE0) continue;
      char32_t code = lead & (lead < 0xF0 ? 0x0F : 0x07);
      for (int more = lead < 0xF0 ? 2 : 3; more > 0 && i < text.size(); --more)
        code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
      const bool is_noncharacter = (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
      if (code == replacement_code || is_noncharacter) replaced_.push_back(code);
    }
  }

  // The emitter shows each noncharacter of Unicode as U+FFFD; JSON has them, so they go back, in their order.
  [[nodiscard]] std::string with_noncharacters(std::string_view text) const {
    std::string out;
    for (const char32_t code : replaced_) {
      const auto at = text.find(replacement);
      if (at == text.npos) break;
      out.append(text.substr(0, at));
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\U%08X", static_cast<unsigned>(code));
      out.append(code == replacement_code ? replacement : std::string_view(escape.data()));
      text.remove_prefix(at + replacement.size());
    }
    return out.append(text);
  }

  // YAML allows 1024 characters before the colon; escapes write four for a byte.
  static constexpr std::size_t longest_key = 250;
  static constexpr char32_t replacement_code = 0xFFFD;
  static constexpr std::string_view replacement = "\xef\xbf\xbd";
  YAML::Emitter out_;
  std::vector<char32_t> replaced_;
};

Error refused(int line, const std::string& why) {
  return {.code = Errc::invalid_argument, .message = "not valid YAML, line " + std::to_string(line) + ": " + why};
}

}  // namespace

Result<Json> parse_yaml(std::string_view text) {
  try {
    refuse_deep(text);
    OneDocument seen;
    look_through(text, seen);
    if (seen.count == 0) return Error{.code = Errc::invalid_argument, .message = "the document is empty"};
    return Converter().convert(YAML::Load(std::string(text)), 0);
  } catch (const TooDeep& place) {
    return refused(place.line, too_deep);
  } catch (const YAML::DeepRecursion& error) {
    return refused(error.mark.line + 1, too_deep);
  } catch (const YAML::Exception& error) {
    if (const int line = tab_indented(text, error.mark.line + 1))
      return refused(line, "a tab stands before the text; YAML is indented with spaces");
    return refused(error.mark.line + 1, error.msg);
  } catch (const RefusedAt& refusal) {
    return refused(refusal.line, refusal.why);
  }
}

std::string yaml_of(const Json& document) { return Writer().text_of(document); }

}  // namespace ductape::inline v0::model
