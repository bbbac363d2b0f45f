// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ductape/registry.hpp>

#include "apps/ductape/command.h"
#include "apps/ductape/table.h"

/// What `product`, `broker`, `topic` and `group` have in common.
namespace ductape::cli {

/// The commands `create`, `list`, `show` and `delete` below a noun.
struct Verbs {
  CLI::App* create;
  CLI::App* list;
  CLI::App* show;
  CLI::App* remove;
};
Verbs add_noun(CLI::App& root, const std::string& noun, const std::string& help, const std::string& create_examples,
               const std::string& tag_example);

/// The command `update` below a noun.
CLI::App* add_update(CLI::App& noun, const std::string& name, const std::string& examples);

ExitCode print_created(Console& console, const std::string& what, const std::string& json);
ExitCode print_updated(Console& console, const std::string& what, const std::string& json);
ExitCode print_deleted(Console& console, const std::string& kind, const std::string& tag);
/// One object; for people as an outline.
ExitCode print_object(Console& console, const std::string& json);
/// Objects; for people as a table.
ExitCode print_list(Console& console, const std::vector<std::string>& jsons, const Row& headings,
                    const std::vector<Row>& rows);

/// What a definition read from a file and the TAG on the command line have to agree on. Errors: `invalid_argument`.
[[nodiscard]] std::optional<Error> disagree(const std::string& tag, const std::string& in_file,
                                            const std::string& file);

}  // namespace ductape::cli
