// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <ductape/subscribe.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// An option whose value is one of a few words; the help and the completion name them.
CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words);

/// An option whose value is a duration: `500ms`, `5s`, `2m`, `7d`.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                          const std::string& help);

/// `--mode`, with the modes that make sense there, and `--from`.
CLI::Option* add_mode(CLI::App& app, Mode& mode, bool broadcast);
CLI::Option* add_from(CLI::App& app, std::string& from);

}  // namespace ductape::cli
