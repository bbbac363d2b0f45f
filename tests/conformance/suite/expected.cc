// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/expected.h"

#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace ductape::inline v0::testing::conformance {
namespace {

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> all;
  std::istringstream in(line + ",");
  for (std::string cell; std::getline(in, cell, ',');) all.push_back(cell);
  return all;
}

}  // namespace

Result<ExpectedRow> expected_row(const std::string& file, std::string_view provider) {
  std::ifstream in(file);
  std::string line;
  std::vector<std::string> head;
  while (std::getline(in, line)) {
    if (line.empty() || line.front() == '#') continue;
    const auto row = cells(line);
    if (head.empty()) {
      head = row;
      continue;
    }
    if (row.front() != provider) continue;
    if (row.size() != head.size())
      return Error{.code = Errc::invalid_argument,
                   .message = file + ": the row of " + std::string(provider) + " has " + std::to_string(row.size()) +
                              " columns, the head " + std::to_string(head.size())};
    ExpectedRow expected;
    for (std::size_t i = 0; i < head.size(); ++i) expected.emplace(head[i], row[i]);
    return expected;
  }
  return Error{.code = Errc::not_found,
               .message = file + (head.empty() ? " cannot be read" : " has no row of " + std::string(provider))};
}

std::map<std::string, std::string> capability_fields(const driver::Capabilities& can) {
  constexpr std::array orderings{"none", "exclusive", "per_key"};
  constexpr std::array leases{"none", "fixed", "renewable"};
  const auto yes_no = [](bool value) { return std::string(value ? "true" : "false"); };
  const auto millis = [](driver::Millis value) { return std::to_string(value.count()); };
  return {{"ordering", orderings[static_cast<std::size_t>(can.ordering)]},
          {"lease", leases[static_cast<std::size_t>(can.lease)]},
          {"lease_max", millis(can.lease_max)},
          {"retry_delay_max", millis(can.retry_delay_max)},
          {"publish_delay_max", millis(can.publish_delay_max)},
          {"keeps_without_group", yes_no(can.keeps_without_group)},
          {"many_groups", yes_no(can.many_groups)},
          {"exclusive", yes_no(can.exclusive)},
          {"broadcast", yes_no(can.broadcast)},
          {"replay", yes_no(can.replay)},
          {"dedup", yes_no(can.dedup)},
          {"text_only", yes_no(can.text_only)},
          {"counts_deliveries", yes_no(can.counts_deliveries)},
          {"counts_clean_return", yes_no(can.counts_clean_return)},
          {"lag_known", yes_no(can.lag_known)},
          {"moves", yes_no(can.moves)},
          {"heals_itself", yes_no(can.heals_itself)},
          {"batch_max", std::to_string(can.batch_max)},
          {"message_max", std::to_string(can.message_max)},
          {"headers_max", std::to_string(can.headers_max)}};
}

std::string capability_differences(const ExpectedRow& row, const driver::Capabilities& can) {
  std::string differences;
  for (const auto& [field, declared] : capability_fields(can)) {
    const auto expected = row.find(field);
    if (expected == row.end())
      differences += field + ": declared " + declared + ", no such column\n";
    else if (!expected->second.empty() && expected->second != declared)
      differences += field + ": declared " + declared + ", expected " + expected->second + "\n";
  }
  return differences;
}

}  // namespace ductape::inline v0::testing::conformance
