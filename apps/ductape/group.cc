// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/group_status.h"
#include "apps/ductape/json_text.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/options.h"
#include "apps/ductape/retry_flags.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct GroupFlags {
  std::string event = {}, group = {}, from = "latest", to = {};
  Mode mode = Mode::shared;
  RetryOptions retry = {};
};

ExitCode create(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto created =
      client->groups().create({.event = flags.event, .group = flags.group},
                              {.group = flags.group, .mode = flags.mode, .from = flags.from, .retry = flags.retry});
  if (!created) return console.fail(created.error());
  return print_created(console, "group " + created->event + "/" + created->name, created->json());
}

ExitCode list(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto found = client->groups().list({.event = flags.event});
  return found ? print_groups(console, *found) : console.fail(found.error());
}

ExitCode show(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto found = client->groups().show({.event = flags.event, .group = flags.group});
  return found ? print_object(console, group_json(*found)) : console.fail(found.error());
}

ExitCode remove(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto removed = client->groups().remove({.event = flags.event, .group = flags.group});
  return removed ? print_deleted(console, "group", flags.event + "/" + flags.group) : console.fail(removed.error());
}

ExitCode reset(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto moved = client->groups().reset({.event = flags.event, .group = flags.group}, flags.to);
  if (!moved) return console.fail(moved.error());
  if (!console.json())
    return console.print("group " + flags.event + "/" + flags.group + " reset to " + flags.to + "\n");
  std::string text;
  append_quoted(text += "{\"reset\":{\"event\":", flags.event);
  append_quoted(text += ",\"group\":", flags.group);
  append_quoted(text += ",\"to\":", flags.to);
  return console.print(text + "}}\n");
}

}  // namespace

void add_group(CLI::App& root, Invocation& invocation) {
  const auto verbs = add_noun(root, "group", "Groups: each gets every message of its topic once",
                              "  ductape group create orders:new-orders --group billing --from earliest",
                              "orders:new-orders --group billing");
  auto& noun = *verbs.create->get_parent();
  add_group_update(noun, invocation);
  auto* reset_verb = add_command(noun, "reset", "Move it to another place; refused while it has members",
                                 "  ductape group reset orders:new-orders --group billing --to earliest\n"
                                 "  ductape group reset orders:new-orders --group billing --to 2026-11-21T10:00:00Z");
  auto flags = std::make_shared<GroupFlags>();
  for (auto* verb : {verbs.create, verbs.show, verbs.remove, reset_verb}) {
    verb->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
    verb->add_option("-g,--group", flags->group, "The group's name")->type_name("NAME")->required();
  }
  verbs.list->add_option("EVENT", flags->event, "Only the groups of this topic");
  add_mode(*verbs.create, flags->mode, false);
  add_start(*verbs.create, "--from", flags->from, "Where a new group starts: latest, earliest or a time")
      ->capture_default_str();
  add_retry(*verbs.create, flags->retry);
  add_start(*reset_verb, "--to", flags->to, "What lies behind that place comes again: latest, earliest or a time")
      ->required();
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals, flags](Console& console) { return list(console, globals, *flags); });
  on_call(*verbs.show, invocation, [&globals, flags](Console& console) { return show(console, globals, *flags); });
  on_call(*reset_verb, invocation, [&globals, flags](Console& console) { return reset(console, globals, *flags); });
  on_call(*verbs.remove, invocation, [&globals, flags](Console& console) { return remove(console, globals, *flags); });
}

}  // namespace ductape::cli
