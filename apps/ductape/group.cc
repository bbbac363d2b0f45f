// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/group_status.h"
#include "apps/ductape/objects.h"
#include "apps/ductape/options.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct GroupFlags {
  std::string event = {}, group = {}, from = "latest";
  Mode mode = Mode::shared;
};

ExitCode create(Console& console, const Globals& globals, const GroupFlags& flags) {
  auto client = open_client(globals);
  if (!client) return console.fail(client.error());
  auto created = client->groups().create({.event = flags.event, .group = flags.group},
                                         {.group = flags.group, .mode = flags.mode, .from = flags.from});
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

}  // namespace

void add_group(CLI::App& root, Invocation& invocation) {
  const auto verbs = add_noun(root, "group", "Groups: each gets every message of its topic once",
                              "  ductape group create orders:new-orders --group billing --from earliest",
                              "orders:new-orders --group billing");
  auto flags = std::make_shared<GroupFlags>();
  for (auto* verb : {verbs.create, verbs.show, verbs.remove}) {
    verb->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
    verb->add_option("-g,--group", flags->group, "The group's name")->type_name("NAME")->required();
  }
  verbs.list->add_option("EVENT", flags->event, "Only the groups of this topic");
  add_mode(*verbs.create, flags->mode, false);
  add_from(*verbs.create, flags->from);
  const auto& globals = invocation.globals;
  on_call(*verbs.create, invocation, [&globals, flags](Console& console) { return create(console, globals, *flags); });
  on_call(*verbs.list, invocation, [&globals, flags](Console& console) { return list(console, globals, *flags); });
  on_call(*verbs.show, invocation, [&globals, flags](Console& console) { return show(console, globals, *flags); });
  on_call(*verbs.remove, invocation, [&globals, flags](Console& console) { return remove(console, globals, *flags); });
}

}  // namespace ductape::cli
