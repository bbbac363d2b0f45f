// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/manual_page.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace ductape::cli {
namespace {

// What no option says. The rest of the page is made from the tree.
constexpr const char* description = R"(.SH DESCRIPTION
Messages are published to
.IR broker : topic
and every group that subscribed handles each at least once, in order per key where the topic is declared ordered, or finds
it among its dead letters with the reason. Which technology carries them in which environment stands in a store, not in the
programs. The library for C++ does the same as this program; both work on one store.
.PP
Standard output carries results only; with
.B \-\-json
one JSON document, or one a line. What is told beside that goes to standard error. The global options may stand before or
behind the command.
)";

constexpr const char* surroundings = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed at run time: unavailable, timed out, a queue is full, refused by a server.
.TP
.B 2
Wrong input or state: usage, an unknown tag, invalid JSON, a store that cannot be used. Nothing was sent.
.TP
.B 3
Partly done; what was not is named.
.TP
.B 4
Outcome unknown: at least one message may or may not have been accepted.
.SH ENVIRONMENT
An option wins over its variable, and a variable over
.IR config.yaml .
.TP
.B DUCTAPE_STORE
Where state lives, as
.B \-\-store
takes it.
.TP
.B DUCTAPE_PRODUCT
The product, as
.B \-\-product
takes it.
.TP
.B DUCTAPE_ENV
The environment, as
.B \-\-env
takes it.
.TP
.B DUCTAPE_SECRET_KEY
The key that seals and opens the store's secrets, 64 hexadecimal digits; used instead of
.IR secret.key .
.TP
.B NO_COLOR
If it is set and not empty, nothing is coloured. Colours appear on a terminal only, on standard error only.
.TP
.BR XDG_DATA_HOME ", " HOME
Where the store is if neither option nor variable names one and no
.I .ductape/
is found.
.SH FILES
.TP
.I .ductape/
The store that
.B ductape init
makes; the nearest one from the working directory upwards is used. If there is none:
.I $XDG_DATA_HOME/ductape
or
.IR \(ti/.local/share/ductape .
In it:
.TP
.I registry.db
Products, brokers, topics, groups and sealed secrets.
.TP
.I config.yaml
The product and the environment that commands run there have if nothing else names them:
.B product
and
.BR env .
.TP
.I secret.key
The key of the secrets, mode 0600, made with the first of them. Without it they cannot be read again: keep a copy elsewhere.
.TP
.I tally.db
What running processes count, for
.BR "ductape stats" .
.TP
.I local/
The embedded broker's messages. Removing it loses them.
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool starts_line = i == 0 || text[i - 1] == '\n';
    if (starts_line && (c == '.' || c == '\'')) out += "\\&";  // else a request of the typesetter
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else
      out += c;
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

// A heading is one argument of its macro, and a double quote would end it.
std::string heading(const char* macro, std::string_view text) {
  auto line = escaped(text);
  for (auto at = line.find('"'); at != line.npos; at = line.find('"', at + 4)) line.replace(at, 1, "\\(dq");
  return std::string(macro) + " \"" + line + "\"\n";
}

// An option or command without a group is one that the help does not show.
std::vector<const CLI::Option*> shown_options(const CLI::App& app, bool positional) {
  return app.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->nonpositional() != positional;
  });
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

bool repeats(const CLI::Option& option) { return option.get_expected_max() == CLI::detail::expected_max_vector_size; }

std::string name_of(const CLI::Option& option) {
  if (!option.nonpositional()) return italic(option.get_name(true));
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back(bold("-" + name));
  for (const auto& name : option.get_lnames()) names.push_back(bold("--" + name));
  auto text = CLI::detail::join(names, ", ");
  if (option.get_items_expected_max() > 0) text += " " + italic(option.get_type_name());
  return text;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string explained(const CLI::Option& option) {
  auto text = escaped(sentence(option.get_description()));
  if (!option.get_default_str().empty()) text += " Default: " + bold(option.get_default_str()) + ".";
  if (option.nonpositional() && option.get_required()) text += " Required.";
  if (repeats(option)) text += " May be given several times.";
  std::vector<std::string> others;
  for (const auto* other : option.get_excludes())
    others.push_back(other->nonpositional() ? bold(other->get_name()) : italic(other->get_name(true)));
  // The parser keeps them by address.
  std::sort(others.begin(), others.end());
  if (!others.empty()) text += " Not with " + CLI::detail::join(others, ", ") + ".";
  return text;
}

std::string options_of(const CLI::App& app) {
  std::string text;
  for (const bool positional : {true, false})
    for (const auto* option : shown_options(app, positional)) {
      // Said once, among the global options.
      if (app.get_parent() && option->get_name() == "--help") continue;
      text += ".TP\n" + name_of(*option) + "\n" + explained(*option) + "\n";
    }
  return text;
}

std::string usage_of(const CLI::App& app, const std::string& path) {
  auto text = bold(path) + " [" + italic("OPTIONS") + "]";
  for (const auto* option : shown_options(app, true)) {
    const auto name = italic(option->get_name(true)) + (repeats(*option) ? "..." : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text + (shown_commands(app).empty() ? "" : " " + italic("COMMAND"));
}

std::string examples_of(const CLI::App& app) {
  constexpr std::string_view mark = "Examples:\n";
  const auto footer = app.get_footer();
  const auto at = footer.find(mark);
  if (at == footer.npos) return {};
  auto lines = footer.substr(at + mark.size());
  while (lines.ends_with('\n')) lines.pop_back();
  std::string text;
  for (const auto& line : CLI::detail::split(lines, '\n')) text += escaped(CLI::detail::trim_copy(line)) + "\n";
  return ".RS 4\n.nf\n" + text + ".fi\n.RE\n";
}

std::string commands_below(const CLI::App& app, const std::string& path) {
  std::string text;
  for (const auto* command : shown_commands(app)) {
    const auto name = path + " " + command->get_name();
    text += heading(".SS", name) + usage_of(*command, name) + "\n.PP\n" +
            escaped(sentence(command->get_description())) + "\n" + options_of(*command);
    if (const auto examples = examples_of(*command); !examples.empty()) text += ".PP\nFor example:\n.PP\n" + examples;
    text += commands_below(*command, name);
  }
  return text;
}

}  // namespace

std::string manual_page(const CLI::App& root, const std::string& version) {
  const auto& name = root.get_name();
  auto text = ".\\\" Made from the command line's own tree by apps/ductape/manual_page.cc.\n.TH DUCTAPE 1 \"\" \"" +
              name + " " + escaped(version) + "\" \"User Commands\"\n.nh\n.ad l\n";
  text += ".SH NAME\n" + name + " \\- " + escaped(root.get_description()) + "\n";
  text += ".SH SYNOPSIS\n" + usage_of(root, name) + "\n.br\n" + bold(name) + " " + italic("COMMAND") + " " +
          bold("--help") + "\n";
  text += description;
  text += ".SH OPTIONS\nEvery command takes these, and tells about itself with\n.BR \\-\\-help .\n" + options_of(root);
  text += ".SH COMMANDS\n" + commands_below(root, name);
  text += surroundings;
  text += ".SH EXAMPLES\n" + examples_of(root);
  return text;
}

}  // namespace ductape::cli
