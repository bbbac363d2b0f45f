// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>

#include <ductape/metrics.hpp>

namespace ductape::inline v0 {
namespace {

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "" : ",").append(name).append("=\"");
  for (const char c : value)
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out.append({'\\', c});
    else
      out.push_back(c);
  out.push_back('"');
}

void append_value(std::string& out, double value) {
  std::array<char, 32> text{};
  // A count of a billion is easier to read with its zeros.
  constexpr double exact = 9e15;
  const bool whole = value >= 0 && value < exact && value == std::floor(value);
  auto* const last = text.data() + text.size();
  const auto end = whole ? std::to_chars(text.data(), last, static_cast<std::uint64_t>(value)).ptr
                         : std::to_chars(text.data(), last, value).ptr;
  out.append(text.data(), end);
}

}  // namespace

std::string prometheus_text(std::span<const Metric> metrics) {
  std::string out;
  std::string_view name;
  for (const auto& metric : metrics) {
    if (metric.name != name) {
      name = metric.name;
      const std::string_view kind = metric.kind == Metric::Kind::counter ? "counter" : "gauge";
      for (const auto& [word, text] : {std::pair("HELP", metric.help), {"TYPE", kind}})
        out.append("# ").append(word).append(" ").append(name).append(" ").append(text).append("\n");
    }
    out.append(name).append("{");
    for (const auto& [label, value] : metric.labels) append_label(out, label, value);
    out.append("} ");
    append_value(out, metric.value);
    out.push_back('\n');
  }
  return out;
}

}  // namespace ductape::inline v0
