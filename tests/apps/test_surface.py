# SPDX-License-Identifier: Apache-2.0
"""What holds for every command: help, version, usage, global options, states."""

import csv
import json
import os
import re
import subprocess
import unittest

from program import PROGRAM, ROOT, ProgramTest, StoreTest

COMMANDS = [[name] for name in ("init", "apply", "export", "publish", "subscribe", "stats", "health", "doctor", "providers",
                                "completion")] + [["group", "reset"]] + [
    ["secret", *verb] for verb in ([], ["set"], ["list"], ["rm"])] + [
    [noun, *verb] for noun in ("product", "broker", "topic", "group") for verb in ([], ["create"], ["update"], ["list"], ["show"], ["delete"])
] + [["dead-letters", *verb] for verb in ([], ["list"], ["show"], ["redrive"], ["purge"])]


class Help(ProgramTest):
    def test_every_command_explains_itself_with_an_example(self):
        for command in [[]] + COMMANDS:
            with self.subTest(" ".join(command)):
                text = self.run_program(*command, "--help").out
                self.assertIn("Usage: ductape", text)
                examples = text.split("Examples:\n")[1]
                self.assertIn("  ductape " + " ".join(command), examples)

    def commands(self, *above):
        """All that the help names, as deep as it goes."""
        text = self.run_program(*above, "--help").out
        for name in re.findall(r"(?m)^  (\S+) ", text.split("\nCommands:\n")[1].split("\n\n")[0] if "\nCommands:\n" in text else ""):
            yield [*above, name]
            yield from self.commands(*above, name)

    def test_no_command_is_forgotten_here(self):
        self.assertEqual(sorted(self.commands()), sorted(COMMANDS))

    def test_the_program_lists_its_commands(self):
        text = self.run_program("--help").out
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command[0]} ")

    def test_version(self):
        self.assertRegex(self.run_program("--version").out, r"^ductape \d+\.\d+\.\d+\n$")
        self.assertEqual(set(self.json_of("--version")), {"version"})


class Usage(ProgramTest):
    def test_wrong_usage_is_2(self):
        for arguments in (
            [],
            ["nonsense"],
            ["topic"],
            ["topic", "nonsense"],
            ["publish"],
            ["publish", "events:hello"],
            ["publish", "events:hello", "{}", "extra"],
            ["subscribe"],
            ["subscribe", "events:hello", "--count", "0"],
            ["subscribe", "events:hello", "--count", "-1"],
            ["subscribe", "events:hello", "--count", "many"],
            ["subscribe", "events:hello", "--idle", "5 fortnights"],
            ["subscribe", "events:hello", "--mode", "greedy"],
            ["subscribe", "events:hello", "--from", "yesterday"],
            ["subscribe", "events:hello", "--concurrency", "0"],
            ["subscribe", "events:hello", "--concurrency", "-1"],
            ["subscribe", "events:hello", "--idle", "-5s"],
            ["subscribe", "events:hello", "--lease", "-5s"],
            ["subscribe", "events:hello", "--lease", "0s"],
            ["subscribe", "events:hello", "--lease", "0"],
            ["subscribe", "events:hello", "--handler-timeout", "-1s"],
            ["subscribe", "events:hello", "--handler-timeout", "0ms"],
            ["subscribe", "events:hello", "--close-deadline", "-1s"],
            ["subscribe", "events:hello", "--exec"],
            ["group", "create", "events:hello", "--group", "g", "--mode", "greedy"],
            ["group", "create", "events:hello", "--group", "g", "--from", "yesterday"],
            ["publish", "events:hello", "-", "--batch", "0"],
            ["publish", "events:hello", "-", "--rate", "-3"],
            ["publish", "events:hello", "-", "--start-line", "0"],
            ["group", "create", "events:hello"],
            ["apply"],
            ["completion"],
            ["completion", "tcsh"],
            ["--log-level", "loud", "providers"],
        ):
            with self.subTest(" ".join(arguments)):
                self.refused(*arguments, name="INVALID_ARGUMENT")

    def test_what_does_not_exist_yet_is_wrong_usage(self):
        for arguments in (
            ["publish", "events:hello", "{}", "--delay", "1s"],
            ["publish", "events:hello", "{}", "--idempotency-key", "k"],
            ["publish", "events:hello", "{}", "--session", "a:b"],
        ):
            with self.subTest(" ".join(arguments)):
                self.refused(*arguments, name="INVALID_ARGUMENT")

    def test_a_groups_policy_out_of_bounds_is_2(self):
        for call in (["subscribe", "events:hello"], *([*verb, "events:hello", "--group", "g"] for verb in (
                ["group", "create"], ["group", "update"]))):
            for flag, value, says in (
                ("--max-attempts", "0", "--max-attempts"),
                ("--max-attempts", "-1", "--max-attempts"),
                ("--max-attempts", "many", "--max-attempts"),
                ("--max-deliveries", "0", "--max-deliveries"),
                ("--max-deliveries", "-3", "--max-deliveries"),
                ("--backoff", "9s..1s", ["9s", "1s"]),
                ("--backoff", "-1s..5s", "-1s"),
                ("--backoff", "1s..-5s", "-5s"),
                ("--backoff", "5s", "MIN..MAX"),
                ("--backoff", "", "MIN..MAX"),
                ("--backoff", "1s..", "maximum"),
                ("--backoff", "1s..soon", "soon"),
            ):
                with self.subTest(" ".join([*call, flag, value])):
                    self.refused(*call, flag, value, name="INVALID_ARGUMENT", says=says)

    def test_a_misspelt_name_is_suggested(self):
        self.refused("subscribe", "events:hello", "--timout", "5s", says="--timeout")
        self.refused("pubish", "events:hello", "{}", says="publish")

    def test_global_options_stand_before_or_after(self):
        before = self.run_program("--json", "--log-level", "debug", "providers").out
        after = self.run_program("providers", "--json", "--log-level", "debug").out
        self.assertEqual(before, after)

    def test_a_full_disk_behind_standard_output_is_1(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "providers"], stdout=full, stderr=subprocess.PIPE, env=self.environment, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left on device", done.stderr)

    def test_standard_output_has_no_colours_and_standard_error_none_in_a_pipe(self):
        done = self.run_program("topic", "list", status=2)
        self.assertNotIn("\x1b", done.out + done.err)


class Providers(ProgramTest):
    def test_all_are_as_the_contract_says(self):
        with open(os.path.join(ROOT, "tests", "conformance", "expected.csv"), encoding="utf-8") as file:
            expected = {row["provider"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}
        linked = self.json_of("providers")
        self.assertIn("local", [provider["name"] for provider in linked])
        for provider in linked:
            row = expected[provider["name"]]
            self.assertEqual(list(provider), ["name"] + [field for field in row if field not in ("provider", "cases")])
            for field, value in provider.items():
                if row.get(field):
                    with self.subTest(f"{provider['name']}.{field}"):
                        self.assertEqual(value if isinstance(value, str) else json.dumps(value), row[field])
            one = self.json_of("providers", provider["name"])
            self.assertEqual({name: one[name] for name in provider}, provider)
            self.assertTrue(one["linked"])

    def test_for_people(self):
        self.assertIn("local", self.run_program("providers").out)
        self.assertIn("lease: renewable", self.run_program("providers", "local").out)

    def test_options_of_those_that_are_not_in_this_build(self):
        for name in ("kafka", "nats", "pubsub", "rabbitmq", "redis", "sqs"):
            one = self.json_of("providers", name)
            fields = {field["name"]: field for field in one["config"]}
            self.assertEqual(fields["native"]["type"], "object", name)
            for field in fields.values():
                self.assertTrue(field["help"], field)
        self.assertEqual({"name": "reconnectTimeWait", "type": "duration", "required": False, "default": "2s"}.items()
                         - self.field("nats", "reconnectTimeWait").items(), set())
        self.assertEqual(self.field("kafka", "sasl.password")["type"], "secret")
        self.assertRegex(self.run_program("providers", "kafka").out, r"brokers +list +required +host:port")
        for spelling in ("KAFKA", "Kafka"):
            self.assertEqual(self.json_of("providers", spelling), self.json_of("providers", "kafka"))
        self.assertEqual(self.json_of("providers", "AWS_SQS")["name"], "sqs")
        self.assertEqual(self.json_of("providers", "google_pubsub")["name"], "pubsub")
        self.refused("providers", "kafkaa", says=["kafkaa", "kafka, local"])

    def field(self, provider, name):
        (field,) = [field for field in self.json_of("providers", provider)["config"] if field["name"] == name]
        return field

    def test_an_unknown_one_names_those_there_are(self):
        self.refused("providers", "pigeon", name="NOT_FOUND", says=["pigeon", "local"])


class WhereStateLives(ProgramTest):
    def test_init_makes_a_store_and_says_what_to_type_next(self):
        text = self.run_program("init", "--product", "shop", "--env", "dev", "--env", "prd").out
        self.assertTrue(os.path.exists(os.path.join(self.directory, ".ductape", "registry.db")))
        commands = [line.strip() for line in text.splitlines() if line.startswith("  ductape ")]
        self.assertEqual(len(commands), 3)
        for command in commands:
            with self.subTest(command):
                done = subprocess.run(
                    ["sh", "-c", f'ductape() {{ "{PROGRAM}" "$@"; }}; {command}'],
                    cwd=self.directory, env=self.environment, capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([env["slug"] for env in self.json_of("broker", "show", "events")["envs"]], ["dev", "prd"])
        self.assertEqual(self.json_of("product", "show", "shop")["tag"], "shop")

    def test_what_init_says_can_be_typed_whatever_the_directory_is_called(self):
        text = self.run_program("init", "--store", f"sqlite:{self.directory}/it's a $HOME").out
        for command in [line.strip() for line in text.splitlines() if line.startswith("  ductape ")]:
            done = subprocess.run(["sh", "-c", f'ductape() {{ "{PROGRAM}" "$@"; }}; {command}'], cwd="/",
                                  env=self.environment, capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_init_in_json(self):
        made = self.json_of("init", "-p", "shop")
        self.assertEqual((made["product"], made["envs"], len(made["next"])), ("shop", ["dev"], 3))
        self.assertEqual(os.path.realpath(made["directory"]), os.path.realpath(os.path.join(self.directory, ".ductape")))

    def test_a_second_init_is_refused_and_changes_nothing(self):
        self.run_program("init")
        self.run_program("topic", "create", "events:kept")
        self.refused("init", "--product", "other", name="ALREADY_EXISTS")
        self.run_program("topic", "show", "events:kept")

    def test_the_nearest_store_upwards_is_used(self):
        self.run_program("init")
        below = os.path.join(self.directory, "a", "b")
        os.makedirs(below)
        self.run_program("topic", "show", "events:hello", directory=below)

    def test_flag_wins_over_variable_over_nearest(self):
        for name in ("here", "there"):
            self.run_program("init", "--product", name, "--store", f"sqlite:{self.directory}/{name}")
        self.run_program("init", "--product", "nearest")
        products = lambda *more, **options: [p["tag"] for p in self.json_of("product", "list", *more, **options)]
        variable = {"DUCTAPE_STORE": f"sqlite:{self.directory}/here"}
        self.assertEqual(products(), ["nearest"])
        self.assertEqual(products(environment=variable), ["here"])
        self.assertEqual(products("--store", f"sqlite:{self.directory}/there", environment=variable), ["there"])

    def test_without_a_store_upwards_it_is_in_the_data_home(self):
        self.run_program("product", "create", "shop")
        self.assertTrue(os.path.exists(os.path.join(self.directory, "xdg", "ductape", "registry.db")))

    def test_product_and_env_by_flag_variable_and_config(self):
        self.run_program("init", "--product", "shop", "--env", "dev", "--env", "prd")
        self.run_program("product", "create", "other")
        env = lambda *more, **options: self.json_of("publish", "events:hello", "{}", *more, **options)["env"]
        self.assertEqual(env(), "dev")
        self.assertEqual(env(environment={"DUCTAPE_ENV": "prd"}), "prd")
        self.assertEqual(env("-e", "dev", environment={"DUCTAPE_ENV": "prd"}), "dev")
        self.refused("publish", "events:hello", "{}", environment={"DUCTAPE_PRODUCT": "other"}, name="BROKER_NOT_FOUND")
        self.json_of("publish", "events:hello", "{}", "-p", "shop", environment={"DUCTAPE_PRODUCT": "other"})

    def test_no_product_at_all(self):
        self.refused("topic", "list", says="--product")


if __name__ == "__main__":
    unittest.main()
