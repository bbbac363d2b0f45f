// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/input.h"
#include "apps/ductape/json_text.h"
#include "apps/ductape/options.h"
#include "apps/ductape/publish_stream.h"
#include "apps/ductape/receipt_json.h"
#include "apps/ductape/store.h"

namespace ductape::cli {
namespace {

struct PublishFlags {
  std::string event = {}, body = {}, file = {};
  std::optional<std::string> key = {}, key_from = {}, id = {};
  std::vector<std::string> headers = {};
  std::string content_type = PublishOptions{}.content_type;
  std::optional<std::chrono::milliseconds> deadline = {};
  std::size_t batch = StreamOptions{}.under_way;
  double rate = 0;
  bool go_on = false;
  std::uint64_t start_line = 1;
  std::vector<CLI::Option*> of_body = {}, of_stream = {};  // flags that make sense only there
};

Error wrong_use(std::string message, std::string hint = {}) {
  return {.code = Errc::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

Result<PublishOptions> message_options(const PublishFlags& flags) {
  PublishOptions options{.key = flags.key.value_or(""), .id = flags.id.value_or("")};
  options.content_type = flags.content_type;
  if (flags.deadline) options.deadline = *flags.deadline;
  for (const auto& header : flags.headers) {
    const auto equals = header.find('=');
    if (equals == 0 || equals == header.npos)
      return wrong_use("--header \"" + header + "\" is not of the form NAME=VALUE");
    options.headers.push_back({header.substr(0, equals), header.substr(equals + 1)});
  }
  return options;
}

std::optional<Error> misplaced(const std::vector<CLI::Option*>& flags, const std::string& why) {
  for (const auto* flag : flags)
    if (flag->count() > 0) return wrong_use(flag->get_name() + " " + why);
  return std::nullopt;
}

Result<std::string> body_of(const PublishFlags& flags) {
  auto body = flags.file.empty() ? Result<std::string>(flags.body) : read_input(flags.file);
  if (!body) return body;
  const auto reason = is_json_type(flags.content_type) ? why_not_json(*body) : std::nullopt;
  if (!reason) return body;
  const auto what = flags.file.empty() ? std::string("the body") : flags.file;
  if (body->find('\n') != body->npos && !why_not_json(body->substr(0, body->find('\n'))))
    return wrong_use(what + " is not one JSON value: " + *reason,
                     "one message a line is sent by: ductape publish " + flags.event + " - < FILE");
  return wrong_use(what + " is not JSON: " + *reason, "--content-type text/plain sends any bytes");
}

ExitCode publish_one(Console& console, const Globals& globals, const PublishFlags& flags) {
  if (auto problem = misplaced(flags.of_stream, "is for lines on standard input: ductape publish EVENT -"))
    return console.fail(*problem);
  auto options = message_options(flags);
  if (!options) return console.fail(options.error());
  auto body = body_of(flags);
  if (!body) return console.fail(body.error());
  if (flags.key_from) {
    const auto pointer = KeyPointer::parse(*flags.key_from);
    auto key = pointer ? pointer->key_of(*body) : pointer.error();
    if (!key) return console.fail(key.error());
    options->key = std::move(*key);
  }
  auto client = open_client(globals, &console);
  if (!client) return console.fail(client.error());
  const auto receipt = client->publish({.event = flags.event, .message = std::move(*body)}, std::move(*options)).get();
  if (!receipt) return console.fail(receipt.error());
  if (!console.json())
    return console.print("accepted " + receipt->id + " by " + receipt->provider +
                         (receipt->deduplicated ? ", which had it before\n" : "\n"));
  std::string line;
  append_receipt(line, {}, flags.event, client->options().env, receipt);
  return console.print(line);
}

ExitCode publish_lines(Console& console, const Globals& globals, const PublishFlags& flags) {
  if (auto problem = misplaced(flags.of_body, "is for a single message, not for lines on standard input"))
    return console.fail(*problem);
  auto message = message_options(flags);
  if (!message) return console.fail(message.error());
  StreamOptions options{
      .message = std::move(*message), .under_way = flags.batch, .go_on = flags.go_on, .start_line = flags.start_line};
  if (flags.rate > 0) options.pacer.emplace(flags.rate);
  if (flags.key_from) {
    auto pointer = KeyPointer::parse(*flags.key_from);
    if (!pointer) return console.fail(pointer.error());
    options.key_from = std::move(*pointer);
  }
  StopSignals signals;
  auto client = open_client(globals, &console);
  if (!client) return console.fail(client.error());
  auto topic = client->topic(flags.event);
  if (!topic) return console.fail(topic.error());
  return PublishStream(console, std::move(*topic), client->options().env, signals, std::move(options)).run();
}

ExitCode publish(Console& console, const Globals& globals, const PublishFlags& flags, bool body_given) {
  if (body_given && flags.body == "-") return publish_lines(console, globals, flags);
  if (body_given || !flags.file.empty()) return publish_one(console, globals, flags);
  return console.fail(
      wrong_use("there is nothing to publish", "give a BODY, -f FILE, or - for one message a line on standard input"));
}

}  // namespace

void add_publish(CLI::App& root, Invocation& invocation) {
  auto* command =
      add_command(root, "publish", "Send a message, or one a line from standard input, and wait for the confirmation",
                  "  ductape publish events:hello '{\"hello\":\"world\"}'\n"
                  "  ductape publish orders:new-orders -f order.json --key cust_789 --header source=shop\n"
                  "  ductape publish flights:departed - --key-from /origin --json < flights.ndjson");
  auto flags = std::make_shared<PublishFlags>();
  command->add_option("EVENT", flags->event, "brokerTag:topicTag")->required();
  auto* body = command->add_option("BODY", flags->body, "The message; - reads one JSON message a line");
  auto* file = command->add_option("-f,--file", flags->file, "The message is this file; - is standard input")
                   ->type_name("FILE")
                   ->excludes(body);
  auto* key =
      command->add_option("-k,--key", flags->key, "Ordering key, on a topic declared ordered")->type_name("KEY");
  command->add_option("--key-from", flags->key_from, "Take the key out of the body, e.g. /origin")
      ->type_name("POINTER")
      ->excludes(key);
  command->add_option("-H,--header", flags->headers, "A header; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  flags->of_body = {file, command->add_option("--id", flags->id, "The message's id; else a new one")->type_name("ID")};
  command->add_option("--content-type", flags->content_type, "If it is not JSON, the body is taken as bytes")
      ->type_name("TYPE")
      ->capture_default_str();
  add_duration(*command, "--deadline", flags->deadline, "How long a message may take in all; else 30s");
  flags->of_stream = {
      command->add_option("--batch", flags->batch, "With -: most lines sent and not yet confirmed")
          ->type_name("N")
          ->check(CLI::Range(1, 1'000'000).description(""))
          ->capture_default_str(),
      command->add_option("--rate", flags->rate, "With -: most messages a second")
          ->type_name("N")
          ->check(CLI::PositiveNumber.description("")),
      command->add_flag("--continue", flags->go_on, "With -: go on after a refused line"),
      command->add_option("--start-line", flags->start_line, "With -: skip the lines before this one")
          ->type_name("N")
          ->check(CLI::PositiveNumber.description("")),
  };
  const auto& globals = invocation.globals;
  on_call(*command, invocation,
          [&globals, flags, body](Console& console) { return publish(console, globals, *flags, body->count() > 0); });
}

}  // namespace ductape::cli
