// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/options.h"

#include <ductape/units.hpp>

namespace ductape::cli {
namespace {

std::string checked(const Error& error) { return error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"); }

}  // namespace

CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words) {
  return option->check(CLI::IsMember(words).description(""))->type_name(CLI::detail::join(words, "|"));
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                          const std::string& help) {
  const auto read = [name, &value](const std::string& text) {
    auto duration = parse_duration(text);
    if (!duration) throw CLI::ValidationError(name, checked(duration.error()));
    value = *duration;
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

CLI::Option* add_from(CLI::App& app, std::string& from) {
  const auto check = [](const std::string& text) -> std::string {
    if (text == "latest" || text == "earliest") return {};
    auto time = parse_time(text);
    return time ? std::string() : "latest, earliest or " + checked(time.error());
  };
  return app.add_option("--from", from, "Where a new group starts: latest, earliest or a time")
      ->check(CLI::Validator(check, ""))
      ->type_name("START")
      ->capture_default_str();
}

}  // namespace ductape::cli
