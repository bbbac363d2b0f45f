// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/options.h"

#include <ductape/units.hpp>

namespace ductape::cli {
namespace {

std::string checked(const Error& error) { return error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"); }

std::chrono::milliseconds read_duration(const std::string& name, const std::string& text) {
  if (text.starts_with('-')) throw CLI::ValidationError(name, text + " is negative");
  auto duration = parse_duration(text);
  if (!duration) throw CLI::ValidationError(name, checked(duration.error()));
  return *duration;
}

}  // namespace

CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words) {
  return option->check(CLI::IsMember(words).description(""))->type_name(CLI::detail::join(words, "|"));
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                          const std::string& help) {
  const auto read = [name, &value](const std::string& text) { value = read_duration(name, text); };
  return app.add_option_function<std::string>(name, read, help)->type_name("DURATION");
}

CLI::Option* add_period(CLI::App& app, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                        const std::string& help) {
  const auto read = [name, &value](const std::string& text) {
    const auto duration = read_duration(name, text);
    if (duration.count() == 0) throw CLI::ValidationError(name, "must be more than " + text);
    value = duration;
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("DURATION");
}

CLI::Option* add_mode(CLI::App& app, Mode& mode, bool broadcast) {
  std::vector<std::string> names{"shared", "exclusive"};
  if (broadcast) names.emplace_back("broadcast");
  const auto read = [&mode](const std::string& text) {
    mode = text == "exclusive" ? Mode::exclusive : text == "broadcast" ? Mode::broadcast : Mode::shared;
  };
  return one_of(
      app.add_option_function<std::string>("--mode", read,
                                           broadcast ? "How members share: compete, one at a time, or all get all"
                                                     : "How members share: compete, or one at a time"),
      names);
}

CLI::Option* add_start(CLI::App& app, const std::string& name, std::string& place, const std::string& help) {
  const auto check = [](const std::string& text) -> std::string {
    if (text == "latest" || text == "earliest") return {};
    auto time = parse_time(text);
    return time ? std::string() : "latest, earliest or " + checked(time.error());
  };
  return app.add_option(name, place, help)->check(CLI::Validator(check, ""))->type_name("START");
}

}  // namespace ductape::cli
