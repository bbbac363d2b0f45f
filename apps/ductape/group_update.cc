// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/objects.h"
#include "apps/ductape/options.h"
#include "apps/ductape/retry_flags.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct GroupUpdateFlags {
  std::string event = {}, group = {}, from = {};
  Mode mode = Mode::shared;
  const CLI::Option* mode_given = nullptr;
  RetryOptions retry = {};
};

// Returns whether a flag was given at all.
bool change(GroupDefinition& group, const GroupUpdateFlags& flags) {
  bool given = false;
  const auto set = [&given](auto& value, const auto& wanted) {
    if (!wanted) return;
    given = true;
    value = *wanted;
  };
  set(group.mode, flags.mode_given->count() > 0 ? std::optional(flags.mode) : std::nullopt);
  set(group.from, flags.from.empty() ? std::nullopt : std::optional(flags.from));
  set(group.retry.max_attempts, flags.retry.max_attempts);
  set(group.retry.backoff_min, flags.retry.backoff_min);
  set(group.retry.backoff_max, flags.retry.backoff_max);
  set(group.retry.max_deliveries, flags.retry.max_deliveries);
  return given;
}

ExitCode update(Console& console, const Globals& globals, const GroupUpdateFlags& flags) {
  auto store = open_store(globals);
  if (!store) return console.fail(store.error());
  auto group = store->registry.group(store->product, flags.event, flags.group);
  if (!group) return console.fail(group.error());
  if (!change(*group, flags))
    return console.fail({.code = Errc::invalid_argument,
                         .message = "nothing is to be changed",
                         .hint = "--mode, --from, --max-attempts, --backoff, --max-deliveries"});
  auto updated = store->registry.update(std::move(*group));
  if (!updated) return console.fail(updated.error());
  return print_updated(console, "group " + updated->event + "/" + updated->name, updated->json());
}

}  // namespace

CLI::App* add_group_update(CLI::App& noun, Invocation& invocation) {
  const std::string call = "  ductape group update orders:new-orders --group billing";
  auto* command =
      add_command(noun, "update", "Change what is stored with it; members take it when they subscribe again",
                  call + " --max-attempts 8 --backoff 1s..10m");
  auto flags = std::make_shared<GroupUpdateFlags>();
  command->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
  command->add_option("-g,--group", flags->group, "The group's name")->type_name("NAME")->required();
  flags->mode_given = add_mode(*command, flags->mode, false);
  add_start(*command, "--from", flags->from, "Where it starts in an environment that does not have it yet");
  add_retry(*command, flags->retry, RetryOf::group);
  const auto& globals = invocation.globals;
  on_call(*command, invocation, [&globals, flags](Console& console) { return update(console, globals, *flags); });
  return command;
}

}  // namespace ductape::cli
