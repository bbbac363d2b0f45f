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

/// The same for one where no time at all would mean nothing: `0s` is refused.
CLI::Option* add_period(CLI::App& app, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                        const std::string& help);

/// `--mode`, with the modes that make sense there.
CLI::Option* add_mode(CLI::App& app, Mode& mode, bool broadcast);

/// An option whose value is a place in a topic: `latest`, `earliest` or a time.
CLI::Option* add_start(CLI::App& app, const std::string& name, std::string& place, const std::string& help);

}  // namespace ductape::cli
