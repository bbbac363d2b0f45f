// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/objects.h"

#include "apps/ductape/json_text.h"

namespace ductape::cli {

Verbs add_noun(CLI::App& root, const std::string& noun, const std::string& help, const std::string& create_examples,
               const std::string& tag_example) {
  const std::string call = "  ductape " + noun + " ";
  auto* command = add_command(root, noun, help,
                              create_examples + "\n" + call + "list\n" + call + "show " + tag_example + " --json\n" +
                                  call + "delete " + tag_example);
  command->require_subcommand(1, 1);
  return {.create = add_command(*command, "create", "Make a " + noun, create_examples),
          .list = add_command(*command, "list", "List them", call + "list\n" + call + "list --json"),
          .show = add_command(*command, "show", "Show one", call + "show " + tag_example + " --json"),
          .remove = add_command(*command, "delete", "Delete one; refused while something depends on it",
                                call + "delete " + tag_example)};
}

CLI::App* add_update(CLI::App& noun, const std::string& name, const std::string& examples) {
  return add_command(noun, "update", "Change what is given and leave the rest of the " + name + " as it is", examples);
}

ExitCode print_created(Console& console, const std::string& what, const std::string& json) {
  return console.print(console.json() ? json + "\n" : what + " created\n");
}

ExitCode print_updated(Console& console, const std::string& what, const std::string& json) {
  return console.print(console.json() ? json + "\n" : what + " updated\n");
}

ExitCode print_deleted(Console& console, const std::string& kind, const std::string& tag) {
  if (!console.json()) return console.print(kind + " " + tag + " deleted\n");
  std::string text = "{\"deleted\":{\"kind\":";
  append_quoted(text, kind);
  text += ",\"tag\":";
  append_quoted(text, tag);
  return console.print(text + "}}\n");
}

ExitCode print_object(Console& console, const std::string& json) {
  return console.print(console.json() ? json + "\n" : outline(json));
}

ExitCode print_list(Console& console, const std::vector<std::string>& jsons, const Row& headings,
                    const std::vector<Row>& rows) {
  if (!console.json()) return console.print(table(headings, rows));
  std::string text;
  for (const auto& json : jsons) text += (text.empty() ? "[" : ",") + json;
  return console.print((text.empty() ? "[" : text) + "]\n");
}

std::optional<Error> disagree(const std::string& tag, const std::string& in_file, const std::string& file) {
  if (tag.empty() || tag == in_file) return std::nullopt;
  return Error{.code = Errc::invalid_argument,
               .message = file + " defines \"" + in_file + "\", the command line names \"" + tag + "\"",
               .hint = "leave one of them away"};
}

}  // namespace ductape::cli
