// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/check.h"

#include <algorithm>
#include <iterator>

namespace ductape::inline v0::testing::conformance {

void fail(const std::string& what, Where where) {
  const auto name = where.file.substr(where.file.rfind('/') + 1);
  throw Failure(what + " (" + std::string(name) + ":" + std::to_string(where.line) + ")");
}

std::string to_text(std::string_view text) {
  constexpr std::size_t most = 120;
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "'";
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte <= '~')
      out += c;
    else
      out.append("\\x") += digits[byte / 16], out += digits[byte % 16];
  }
  out += "'";
  if (text.size() > most) out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

std::string to_text(const std::vector<std::string>& list) {
  constexpr std::size_t most = 12;
  std::string out = "[";
  for (std::size_t i = 0; i < std::min(list.size(), most); ++i) out += (i == 0 ? "" : ", ") + list[i];
  if (list.size() > most) out += ", ... " + std::to_string(list.size()) + " in all";
  return out + "]";
}

std::string to_text(const Error& error) {
  if (!error) return "success";
  std::string out = std::string(error.name()) + " '" + error.message + "'";
  if (!error.hint.empty()) out += " hint '" + error.hint + "'";
  if (!error.native.empty()) out += " native '" + error.native + "'";
  return out;
}

void check_same_messages(std::vector<std::string> seen, std::vector<std::string> expected, const std::string& what,
                         Where where) {
  std::sort(seen.begin(), seen.end());
  std::sort(expected.begin(), expected.end());
  if (seen == expected) return;
  std::vector<std::string> missing, extra;
  std::set_difference(expected.begin(), expected.end(), seen.begin(), seen.end(), std::back_inserter(missing));
  std::set_difference(seen.begin(), seen.end(), expected.begin(), expected.end(), std::back_inserter(extra));
  fail(what + ": expected " + std::to_string(expected.size()) + " messages, saw " + std::to_string(seen.size()) +
           "; missing " + to_text(missing) + ", not expected or once too often " + to_text(extra),
       where);
}

}  // namespace ductape::inline v0::testing::conformance
