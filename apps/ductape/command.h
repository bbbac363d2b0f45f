// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/ductape/console.h"

namespace ductape::cli {

/// What every command takes.
struct Globals {
  std::string store = {};
  std::string product = {};
  std::string env = {};
  std::string log_level = "warn";
  bool json = false;
};

/// What the command line asks for, once it is parsed: the command that was named sets `run`.
struct Invocation {
  Globals globals = {};
  std::function<ExitCode(Console&)> run = {};
};

/// Each command adds itself, in a file of its own.
void add_init(CLI::App& root, Invocation& invocation);
void add_apply(CLI::App& root, Invocation& invocation);
void add_export(CLI::App& root, Invocation& invocation);
void add_product(CLI::App& root, Invocation& invocation);
void add_broker(CLI::App& root, Invocation& invocation);
void add_topic(CLI::App& root, Invocation& invocation);
void add_group(CLI::App& root, Invocation& invocation);
void add_publish(CLI::App& root, Invocation& invocation);
void add_subscribe(CLI::App& root, Invocation& invocation);
void add_dead_letters(CLI::App& root, Invocation& invocation);
void add_secret(CLI::App& root, Invocation& invocation);
void add_stats(CLI::App& root, Invocation& invocation);
void add_health(CLI::App& root, Invocation& invocation);
void add_doctor(CLI::App& root, Invocation& invocation);
void add_providers(CLI::App& root, Invocation& invocation);
void add_completion(CLI::App& root, Invocation& invocation);

/// A command below another one.
CLI::App* add_group_update(CLI::App& noun, Invocation& invocation);

/// A command: its help ends with `examples`, one a line.
CLI::App* add_command(CLI::App& parent, std::string name, std::string description, const std::string& examples);

/// What the command does when it is the one that was named.
void on_call(CLI::App& command, Invocation& invocation, std::function<ExitCode(Console&)> run);

}  // namespace ductape::cli
