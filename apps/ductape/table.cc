// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/table.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ductape::cli {
namespace {

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Json = nlohmann::ordered_json;

std::string scalar(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool is_flat(const Json& value) { return !value.is_structured() || value.empty(); }

void append_outline(std::string& out, const Json& value, std::size_t indent) {
  for (const auto& [name, member] : value.items()) {
    const std::string label(indent, ' ');
    out += label + (value.is_array() ? "-" : name + ":");
    if (is_flat(member)) {
      out += " " + scalar(member) + "\n";
    } else if (std::all_of(member.begin(), member.end(), is_flat) && member.is_array()) {
      for (const auto& element : member) out += " " + scalar(element);
      out += "\n";
    } else {
      out += "\n";
      append_outline(out, member, indent + 2);
    }
  }
}

}  // namespace

std::string table(const Row& headings, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings) widths.push_back(columns_of(heading) - (heading.starts_with('>') ? 1 : 0));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max({widths[i], columns_of(row[i]), std::size_t{1}});
  std::string out;
  const auto append = [&](const Row& row, bool is_heading) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool right = headings[i].starts_with('>');
      const std::string cell = is_heading ? row[i].substr(right ? 1 : 0) : row[i].empty() ? "-" : row[i];
      const std::string space(widths[i] - columns_of(cell), ' ');
      line += (i > 0 ? "  " : "") + (right ? space + cell : cell + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  append(headings, true);
  for (const auto& row : rows) append(row, false);
  return out;
}

std::string outline(std::string_view json) {
  const auto value = Json::parse(json, nullptr, false);
  if (!value.is_object()) return std::string(json) + "\n";
  std::string out;
  append_outline(out, value, 0);
  return out;
}

}  // namespace ductape::cli
