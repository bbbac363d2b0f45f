// SPDX-License-Identifier: Apache-2.0
#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e)
      out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    else
      out += c;
  }
  if (text.size() > longest) out += "...";
  return out += '"';
}

}  // namespace ductape::inline v0::model
