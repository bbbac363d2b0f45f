// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "apps/ductape/dead_letter_json.h"
#include "apps/ductape/input.h"
#include "apps/ductape/json_text.h"
#include "apps/ductape/progress.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct DeadLetterFlags {
  std::string event = {}, group = {}, edit = {};
  std::vector<std::string> ids = {};
  double rate = 0;
};

Error wrong_use(std::string message, std::string hint) {
  return {.code = Errc::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

/// The client that a command uses, and what it came for.
struct Opened {
  Client client;
  DeadLetters letters;
};

Result<Opened> open(Console& console, const Globals& globals, const DeadLetterFlags& flags) {
  auto client = open_client(globals, &console);
  if (!client) return std::move(client).error();
  auto topic = client->topic(flags.event);
  if (!topic) return std::move(topic).error();
  return Opened{std::move(*client), topic->dead_letters(flags.group)};
}

ExitCode list(Console& console, const Globals& globals, const DeadLetterFlags& flags) {
  auto opened = open(console, globals, flags);
  if (!opened) return console.fail(opened.error());
  auto found = opened->letters.list(flags.ids);
  if (!found) return console.fail(found.error());
  if (!console.json()) return console.print(dead_letter_table(*found));
  std::string text = "[";
  for (const auto& dead : *found) append_dead_letter(text.size() > 1 ? text += ',' : text, dead);
  return console.print(text + "]\n");
}

Error gone(const DeadLetterFlags& flags) {
  return {.code = Errc::not_found,
          .message = "group " + flags.group + " of " + flags.event + " has no dead letter " + flags.ids.front()};
}

ExitCode show(Console& console, const Globals& globals, const DeadLetterFlags& flags) {
  if (flags.ids.size() != 1)
    return console.fail(wrong_use("show takes exactly one --id", "dead-letters list shows several"));
  auto opened = open(console, globals, flags);
  if (!opened) return console.fail(opened.error());
  auto found = opened->letters.list(flags.ids);
  if (!found) return console.fail(found.error());
  if (found->empty()) return console.fail(gone(flags));
  if (!console.json()) return console.print(dead_letter_outline(found->front()));
  std::string text;
  append_dead_letter(text, found->front());
  return console.print(text + "\n");
}

// The new body. A message that calls itself JSON would only come back dead if it were not.
Result<std::string> edited(DeadLetters& letters, const DeadLetterFlags& flags) {
  auto body = read_input(flags.edit);
  if (!body) return body;
  auto found = letters.list(flags.ids);
  if (!found) return std::move(found).error();
  if (found->empty()) return gone(flags);
  if (!is_json_type(found->front().content_type)) return body;
  if (auto reason = why_not_json(*body))
    return wrong_use(flags.edit + " is not JSON: " + *reason,
                     "the content type of " + flags.ids.front() + " is " + found->front().content_type);
  return body;
}

/// Shows on a terminal how many went back.
class Redriving {
 public:
  Redriving(Console& console, std::optional<std::uint64_t> whole) : console_(console), whole_(whole) {}
  ~Redriving() { console_.status(""); }

  void went() {
    ++count_;
    const auto now = Clock::now();
    if (!console_.terminal() || now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const Progress progress{
        .count = count_, .what = "redriven", .covered = count_, .whole = whole_, .elapsed = now - began_};
    console_.status(progress_line(progress, console_.width()));
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  using Clock = std::chrono::steady_clock;
  Console& console_;
  const std::optional<std::uint64_t> whole_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point drawn_ = began_;
  std::uint64_t count_ = 0;
};

ExitCode print_count(Console& console, std::string_view what, std::uint64_t count) {
  const auto number = std::to_string(count);
  return console.print(console.json() ? "{\"" + std::string(what) + "\":" + number + "}\n"
                                      : number + " " + std::string(what) + "\n");
}

// Only a bar needs it.
std::optional<std::uint64_t> how_many(const Console& console, Opened& opened, const DeadLetterFlags& flags) {
  if (!flags.ids.empty()) return flags.ids.size();
  if (!console.terminal()) return std::nullopt;
  const auto group = opened.client.groups().show({.event = flags.event, .group = flags.group});
  return group ? group->dead : std::nullopt;
}

ExitCode redrive(Console& console, const Globals& globals, const DeadLetterFlags& flags) {
  if (!flags.edit.empty() && flags.ids.size() != 1)
    return console.fail(wrong_use("--edit replaces the body of one message: it takes exactly one --id",
                                  "redrive the others without --edit"));
  auto opened = open(console, globals, flags);
  if (!opened) return console.fail(opened.error());
  RedriveOptions options{.ids = flags.ids, .rate = flags.rate};
  if (!flags.edit.empty()) {
    auto body = edited(opened->letters, flags);
    if (!body) return console.fail(body.error());
    options.edit = [body = std::move(*body)](const DeadLetter&) { return body; };
  }
  std::uint64_t before = 0;
  auto went = [&] {
    Redriving redriving(console, how_many(console, *opened, flags));
    options.redriven = [&](const DeadLetter&) { redriving.went(); };
    auto result = opened->letters.redrive(options);
    before = redriving.count();
    return result;
  }();
  if (went) return print_count(console, "redriven", *went);
  auto error = std::move(went).error();
  if (before == 0) return console.fail(error);
  error.message = std::to_string(before) + " went back, the others stay: " + error.message;
  error.hint += (error.hint.empty() ? "" : "; ") + std::string("the same command goes on where this one stopped");
  return worse(console.fail(error), partly);
}

ExitCode purge(Console& console, const Globals& globals, const DeadLetterFlags& flags) {
  auto opened = open(console, globals, flags);
  if (!opened) return console.fail(opened.error());
  auto purged = opened->letters.purge(flags.ids);
  return purged ? print_count(console, "purged", *purged) : console.fail(purged.error());
}

}  // namespace

void add_dead_letters(CLI::App& root, Invocation& invocation) {
  const std::string of = " orders:new-orders --group billing";
  auto* noun = add_command(root, "dead-letters", "What a group gave up on: look at it, send it back, remove it",
                           "  ductape dead-letters list" + of + "\n  ductape dead-letters redrive" + of + " --rate 50");
  noun->require_subcommand(1, 1);
  auto flags = std::make_shared<DeadLetterFlags>();
  const auto& globals = invocation.globals;
  using Run = ExitCode (*)(Console&, const Globals&, const DeadLetterFlags&);
  const auto verb = [&](const std::string& name, const std::string& help, const std::string& ids, Run run,
                        const std::string& example) {
    const std::string call = "  ductape dead-letters " + name + of;
    auto* command = add_command(*noun, name, help, call + example);
    command->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
    command->add_option("-g,--group", flags->group, "The group's name")->type_name("NAME")->required();
    command->add_option("--id", flags->ids, ids)->type_name("ID");
    on_call(*command, invocation, [&globals, flags, run](Console& console) { return run(console, globals, *flags); });
    return command;
  };
  verb("list", "List them, oldest first", "Only these; else all", list, " --json");
  verb("show", "Show one with all that is known of it", "Which one", show, " --id 0190f5fe")
      ->get_option("--id")
      ->required();
  auto* back = verb("redrive", "Send them back to this group and to no other; can be repeated", "Only these; else all",
                    redrive, " --id 0190f5fe --edit fixed.json");
  back->add_option("--rate", flags->rate, "Most messages a second")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  back->add_option("--edit", flags->edit, "The message goes back with this file as its body; with one --id")
      ->type_name("FILE");
  verb("purge", "Remove them for good", "Only these; else all", purge, " --id 0190f5fe");
}

}  // namespace ductape::cli
