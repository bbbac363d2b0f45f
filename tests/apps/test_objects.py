# SPDX-License-Identifier: Apache-2.0
"""product, broker, topic and group: create, list, show, delete; stats."""

import json
import subprocess
import unittest

from program import StoreTest


class Products(StoreTest):
    def test_life(self):
        self.assertEqual(self.json_of("product", "create", "shop", "--name", "The Shop")["name"], "The Shop")
        self.refused("product", "create", "shop", name="ALREADY_EXISTS", says="shop")
        self.assertEqual([product["tag"] for product in self.json_of("product", "list")], ["demo", "shop"])
        self.assertIn("The Shop", self.run_program("product", "list").out)
        self.assertIn("name: The Shop", self.run_program("product", "show", "shop").out)
        self.assertEqual(self.json_of("product", "delete", "shop"), {"deleted": {"kind": "product", "tag": "shop"}})
        self.refused("product", "show", "shop", name="PRODUCT_NOT_FOUND", says="shop")
        self.refused("product", "delete", "shop", name="PRODUCT_NOT_FOUND")
        self.refused("product", "delete", "demo", name="CONFLICT")

    def test_a_tag_may_be_the_name_of_a_command(self):
        self.run_program("product", "create", "stats")
        self.assertEqual(self.json_of("product", "show", "stats")["tag"], "stats")


class Brokers(StoreTest):
    def test_life(self):
        self.assertEqual(self.run_program("broker", "create", "orders", "-e", "prd").out, "broker orders created\n")
        made = self.json_of("broker", "show", "orders")
        self.assertEqual((made["tag"], made["envs"]), ("orders", [{"slug": "prd", "type": "LOCAL", "config": {}}]))
        self.refused("broker", "create", "orders", name="ALREADY_EXISTS", says="orders")
        self.assertEqual([broker["tag"] for broker in self.json_of("broker", "list")], ["events", "orders"])
        self.assertIn("prd=LOCAL", self.run_program("broker", "list").out)
        self.refused("broker", "delete", "events", name="CONFLICT")
        self.assertEqual(self.run_program("broker", "delete", "orders").out, "broker orders deleted\n")
        self.refused("broker", "show", "orders", name="BROKER_NOT_FOUND", says="orders")

    def test_from_a_file_in_json_and_yaml(self):
        definition = {"name": "Orders", "tag": "orders", "envs": [{"slug": "dev", "type": "local", "config": {}}]}
        self.run_program("broker", "create", "-f", self.write("b.json", json.dumps(definition)))
        self.assertEqual(self.json_of("broker", "show", "orders")["envs"][0]["type"], "LOCAL")
        yaml = "tag: returns\nname: Returns\nenvs:\n  - { slug: dev, type: LOCAL }\n"
        self.run_program("broker", "create", "returns", "-f", "-", stdin=yaml)
        self.refused("broker", "create", "other", "-f", self.write("b.yaml", yaml), says=["other", "returns"])

    def test_needs_a_tag_or_a_file(self):
        self.refused("broker", "create", says="TAG")
        self.refused("broker", "create", "orders", "-f", "absent.yaml", says="absent.yaml")
        self.refused("broker", "create", "-f", "absent.yaml", "--name", "x")


class Topics(StoreTest):
    def test_life(self):
        made = self.json_of(
            "topic", "create", "events:orders", "--name", "Orders", "--description", "All of them", "--ordered",
            "--sample", '{"id":1}', "--schema", "enforce", "--retention", "2d")
        self.assertEqual((made["name"], made["ordered"], made["schema"], made["sample"]), ("Orders", True, "enforce", {"id": 1}))
        self.refused("topic", "create", "events:orders", name="ALREADY_EXISTS")
        self.assertEqual(len(self.json_of("topic", "list")), 2)
        self.run_program("broker", "create", "empty")
        self.assertEqual(self.json_of("topic", "list", "--broker", "empty"), [])
        self.refused("topic", "list", "--broker", "absent", name="BROKER_NOT_FOUND")
        self.assertIn("events:orders", self.run_program("topic", "list").out)
        self.assertIn("ordered: true", self.run_program("topic", "show", "events:orders").out)
        self.run_program("group", "create", "events:orders", "--group", "billing")
        self.refused("topic", "delete", "events:orders", name="CONFLICT")
        self.run_program("group", "delete", "events:orders", "--group", "billing")
        self.run_program("topic", "delete", "events:orders")
        self.refused("topic", "show", "events:orders", name="TOPIC_NOT_FOUND", says=["events", "orders"])
        self.refused("topic", "delete", "events:orders", name="TOPIC_NOT_FOUND")

    def test_native_names_in_the_given_env(self):
        self.run_program("group", "create", "events:hello", "--group", "billing")
        shown = self.json_of("topic", "show", "events:hello")
        self.assertEqual((shown["env"], shown["native"]["provider"]), ("dev", "local"))
        self.assertIn("hello", shown["native"]["topic"])
        self.assertEqual(list(shown["native"]["groups"]), ["billing"])
        self.assertIsNone(self.json_of("topic", "show", "events:hello", "--env", "prd")["native"])

    def test_from_a_file(self):
        self.run_program("topic", "create", "-f", "-", stdin='{"name":"New","tag":"new","messageBrokerTag":"events"}')
        self.assertEqual(self.json_of("topic", "show", "events:new")["name"], "New")
        self.refused("topic", "create", says="EVENT")

    def test_a_bad_sample(self):
        self.refused("topic", "create", "events:x", "--sample", "{", says="--sample")
        self.refused("topic", "create", "events:x", "--sample", "[1]", says="sample")


class Groups(StoreTest):
    SHAPE = ["event", "group", "env", "state", "mode", "waiting", "in_flight", "done", "dead", "parked", "lag",
             "oldest_age_ms", "data_loss", "policy"]

    def test_life(self):
        self.run_program("group", "create", "events:hello", "--group", "billing", "--from", "earliest", "--mode", "exclusive")
        shown = self.group("billing")
        self.assertEqual(list(shown), self.SHAPE)
        self.assertEqual(
            {key: shown[key] for key in ("event", "group", "env", "state", "mode", "waiting", "data_loss")},
            {"event": "events:hello", "group": "billing", "env": "dev", "state": "ready", "mode": "exclusive", "waiting": 0,
             "data_loss": shown["data_loss"]})
        self.assertIn(shown["data_loss"], (None, 0))
        self.assertEqual(shown["policy"], {"max_attempts": 5, "backoff": {"min": "1s", "max": "5m"}, "max_deliveries": 20,
                                           "dedup": "0s"})
        self.refused("group", "create", "events:hello", "--group", "billing", name="ALREADY_EXISTS")
        self.assertEqual(self.json_of("group", "list"), [shown])
        self.assertEqual(self.json_of("group", "list", "events:hello"), [shown])
        self.assertIn("billing", self.run_program("group", "list").out)
        self.assertIn("state: ready", self.run_program("group", "show", "events:hello", "--group", "billing").out)
        self.run_program("group", "delete", "events:hello", "--group", "billing")
        self.refused("group", "show", "events:hello", "--group", "billing", says="billing")
        self.refused("group", "delete", "events:hello", "--group", "billing", says="billing")
        self.assertEqual(self.json_of("group", "list"), [])

    def test_its_policy_is_given_at_its_birth(self):
        flags = ["--max-attempts", "3", "--backoff", "500ms..1m", "--max-deliveries", "7"]
        policy = {"max_attempts": 3, "backoff": {"min": "500ms", "max": "1m"}, "max_deliveries": 7, "dedup": "0s"}
        self.run_program("group", "create", "events:hello", "--group", "made", *flags)
        self.assertEqual(self.group("made")["policy"], policy)
        self.run_program("subscribe", "events:hello", "--group", "born", "--timeout", "1ms", *flags)
        self.assertEqual(self.group("born")["policy"], policy)
        # From then on the stored one is in force.
        told = self.run_program("subscribe", "events:hello", "--group", "born", "--timeout", "1ms", "--max-attempts", "9").err
        self.assertEqual(self.group("born")["policy"], policy)
        self.assertIn("max_attempts is 3, not 9", told)
        told = self.run_program("subscribe", "events:hello", "--group", "born", "--timeout", "1ms", *flags).err
        self.assertNotIn("policy", told)

    def test_what_is_stored_can_be_changed(self):
        g = ("events:hello", "--group", "g")
        self.run_program("group", "create", *g, "--max-attempts", "3", "--backoff", "1ms..2ms")
        self.assertEqual(self.run_program("group", "update", *g, "--max-attempts", "1").out, "group events:hello/g updated\n")
        policy = {"max_attempts": 1, "backoff": {"min": "1ms", "max": "2ms"}, "max_deliveries": 20, "dedup": "0s"}
        self.assertEqual(self.group("g")["policy"], policy)
        self.run_program("publish", "events:hello", "1")
        self.run_program("subscribe", *g, "--exec", "exit 1", "-n", "1")
        self.assertEqual(self.group("g")["dead"], 1)
        self.run_program("group", "update", *g, "--backoff", "1s..2m", "--max-deliveries", "7")
        self.assertEqual(self.group("g")["policy"], {
            "max_attempts": 1, "backoff": {"min": "1s", "max": "2m"}, "max_deliveries": 7, "dedup": "0s"})
        self.run_program("group", "update", *g, "--mode", "exclusive", "--from", "earliest", "--max-attempts", "2")
        self.assertEqual(self.group("g")["mode"], "exclusive")
        self.assertEqual(self.json_of("group", "update", *g, "--max-attempts", "9")["name"], "g")

    def test_a_broker_and_a_topic_are_changed_in_part(self):
        self.run_program("broker", "update", "events", "--env", "prd", "--type", "local", "--name", "Events")
        broker = self.json_of("broker", "show", "events")
        self.assertEqual([env["slug"] for env in broker["envs"]], ["dev", "prd"])
        self.assertEqual(broker["name"], "Events")
        self.run_program("broker", "update", "events", "-f", "-", stdin='{"envs": [{"slug": "prd", "type": null}]}')
        self.assertEqual([env["slug"] for env in self.json_of("broker", "show", "events")["envs"]], ["dev"])
        self.run_program("topic", "update", "events:hello", "--sample", '{"a": 1}', "--schema", "enforce")
        self.assertEqual(self.run_program("topic", "update", "events:hello", "--description", "d").out,
                         "topic events:hello updated\n")
        topic = self.json_of("topic", "show", "events:hello")
        self.assertEqual((topic["sample"], topic["schema"], topic["description"]), ({"a": 1}, "enforce", "d"))
        self.refused("publish", "events:hello", '{"a": "x"}')
        self.run_program("product", "update", "demo", "--name", "Demo")
        self.assertEqual(self.json_of("product", "show", "demo")["name"], "Demo")
        self.refused("broker", "update", "events", name="INVALID_ARGUMENT", says="--type")
        self.refused("broker", "update", "absent", "--name", "x", name="BROKER_NOT_FOUND")
        self.refused("broker", "update", "events", "--config", "{", name="INVALID_ARGUMENT", says="--config")
        self.refused("broker", "update", "events", "--type", "KAFKAA", name="INVALID_ARGUMENT")
        self.refused("topic", "update", "events:hello", name="INVALID_ARGUMENT", says="--schema")
        self.refused("topic", "update", "events:absent", "--name", "x", name="TOPIC_NOT_FOUND")

    def test_a_config_is_set_field_by_field(self):
        self.run_program("broker", "create", "bus", "--env", "prd", "--type", "kafka", "--set", "brokers=127.0.0.1:9092",
                         "--set", "sasl.username=me", "--set", "sasl.password=hunter2", "--provision", "check")
        env = self.json_of("broker", "show", "bus")["envs"][0]
        self.assertEqual(env, {"slug": "prd", "type": "KAFKA", "provision": "check", "config": {
            "brokers": "127.0.0.1:9092", "sasl": {"username": "me", "password": "$Secret{bus_prd_sasl.password}"}}})
        self.run_program("broker", "update", "bus", "--env", "prd", "--set", "sasl.username=you", "--provision", "create")
        env = self.json_of("broker", "show", "bus")["envs"][0]
        self.assertEqual(env["config"]["sasl"], {"username": "you", "password": "$Secret{bus_prd_sasl.password}"})
        self.assertNotIn("provision", env)
        self.run_program("broker", "update", "bus", "--env", "prd", "--type", "kafka", "--set", "sasl.username=him")
        env = self.json_of("broker", "show", "bus")["envs"][0]
        self.assertEqual(env["config"]["sasl"], {"username": "him", "password": "$Secret{bus_prd_sasl.password}"},
                         "it is the same technology, however it is written")
        self.run_program("broker", "update", "bus", "--env", "prd", "--type", "REDIS", "--set", "host=h")
        self.assertEqual(self.json_of("broker", "show", "bus")["envs"][0]["config"], {"host": "h"})
        self.refused("broker", "update", "bus", "--env", "prd", "--set", "hots=h", name="INVALID_ARGUMENT", says='"host"')
        said = self.refused("broker", "update", "bus", "--set", "hunter2", name="INVALID_ARGUMENT", says="KEY=VALUE")
        self.assertNotIn("hunter2", str(said))
        self.refused("broker", "update", "bus", "--set", "a.b=1", "--config", '{"a": 1}', name="INVALID_ARGUMENT", says="a.b")

    def test_two_topics_on_one_destination_are_refused(self):
        self.run_program("broker", "create", "bus", "--type", "kafka", "--set", "brokers=k:9092", "--set", "topic=legacy")
        self.run_program("topic", "create", "bus:a")
        self.refused("topic", "create", "bus:b", name="CONFLICT", says=("bus:a", "bus:b", "legacy", "envs: ["))
        own = '{"tag": "bus:b", "envs": [{"slug": "dev", "config": {"topic": "legacy-b"}}]}'
        self.run_program("topic", "create", "-f", "-", stdin=own)
        self.assertEqual(self.json_of("topic", "list")[1]["envs"], [{"slug": "dev", "config": {"topic": "legacy-b"}}])
        exported = self.run_program("export").out
        self.assertIn("legacy-b", exported)
        self.assertEqual(self.run_program("apply", "-f", "-", stdin=exported).returncode, 0)
        self.assertEqual(self.run_program("export").out, exported)

    def test_a_mode_changes_when_no_member_runs(self):
        g = ("events:hello", "--group", "g")
        member = self.start("subscribe", *g)
        self.wait_ready(member)
        self.run_program("group", "update", *g, "--mode", "exclusive")
        self.refused("subscribe", *g, name="CONFLICT", says=["1 member running", "mode", str(member.pid)])
        self.terminate(member)
        active = self.start("--json", "subscribe", *g)
        self.wait_ready(active)
        self.run_program("publish", "events:hello", "1")
        self.assertEqual(json.loads(active.stdout.readline())["body"], 1)
        self.assertEqual(self.group("g")["mode"], "exclusive")
        standing_by = self.start("subscribe", *g)
        self.wait_ready(standing_by)
        for number in range(2, 6):
            self.run_program("publish", "events:hello", str(number))
            self.assertEqual(json.loads(active.stdout.readline())["body"], number)
        self.terminate(active)
        self.assertEqual(self.terminate(standing_by)[0], "")

    def test_a_start_is_for_environments_to_come(self):
        self.run_program("publish", "events:hello", "1")
        g = ("events:hello", "--group", "g")
        self.run_program("group", "create", *g)
        self.run_program("group", "update", *g, "--from", "earliest")
        self.assertEqual(self.group("g")["waiting"], 0)

    def test_a_change_that_is_none(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        before = self.group("g")
        update = ("group", "update", "events:hello", "--group")
        self.refused(*update, "g", name="INVALID_ARGUMENT", says="--max-attempts")
        self.refused(*update, "absent", "--max-attempts", "3", says="absent")
        self.refused("group", "update", "events:absent", "--group", "g", "--max-attempts", "3", name="TOPIC_NOT_FOUND")
        self.refused(*update, "g", "--max-attempts", "0", name="INVALID_ARGUMENT")
        self.refused(*update, "g", "--backoff", "9s..1s", name="INVALID_ARGUMENT", says=["9s", "1s"])
        self.refused(*update, "g", "--mode", "broadcast", name="INVALID_ARGUMENT")
        self.refused(*update, "g", "--from", "yesterday", name="INVALID_ARGUMENT", says="yesterday")
        self.assertEqual(self.group("g"), before)

    def test_of_an_unknown_topic(self):
        self.refused("group", "create", "events:absent", "--group", "g", name="TOPIC_NOT_FOUND")
        self.refused("group", "list", "events:absent", name="TOPIC_NOT_FOUND")
        self.refused("group", "show", "events:absent", "--group", "g", name="TOPIC_NOT_FOUND")

    def test_a_bad_name(self):
        for name in ("", "-g", ".x", "a b", "a" * 65, "a:b"):
            with self.subTest(name):
                self.refused("group", "create", "events:hello", f"--group={name}")
                for command in (["subscribe"], ["group", "update"], ["dead-letters", "list"], ["dead-letters", "redrive"]):
                    more = ["--max-attempts", "3"] if command[-1] == "update" else []
                    # An empty name is the default group for subscribe.
                    if name or command != ["subscribe"]:
                        self.refused(*command, "events:hello", f"--group={name}", *more)
        self.assertEqual(self.json_of("group", "list"), [])

    def test_no_group_can_be_a_broadcast(self):
        self.refused("group", "create", "events:hello", "--group", "g", "--mode", "broadcast")


class Stats(StoreTest):
    def test_counts_what_waits_and_what_is_done(self):
        for name in ("audit", "billing"):
            self.run_program("group", "create", "events:hello", "--group", name)
        for number in range(3):
            self.run_program("publish", "events:hello", str(number))
        self.receive(2, "--group", "billing")
        counts = {stats["group"]: (stats["waiting"], stats["in_flight"], stats["done"], stats["lag"])
                  for stats in self.json_of("stats")}
        self.assertEqual(counts, {"audit": (3, 0, 0, 3), "billing": (1, 0, 2, 1)})
        self.assertGreaterEqual(self.json_of("stats", "events:hello")[0]["oldest_age_ms"], 0)
        self.assertEqual([stats["lost"] for stats in self.json_of("stats")], [0, 0])
        self.assertRegex(self.run_program("stats").out, r"events:hello +billing +ready +1 +0 +2 ")
        self.refused("stats", "events:absent", name="TOPIC_NOT_FOUND")

    def test_rates_are_those_of_the_last_ten_seconds_while_the_member_still_runs(self):
        member = self.start("subscribe", "events:hello", "--group", "g", stdout=subprocess.DEVNULL)
        self.wait_ready(member)
        self.run_program("publish", "events:hello", "-", stdin="".join(f"{n}\n" for n in range(20)))
        self.wait_until(lambda: self.json_of("stats")[0]["rates"] == {"published": 2.0, "done": 2.0})
        self.assertRegex(self.run_program("stats").out, r" 2\.0 +2\.0\n")
        self.terminate(member)
        self.run_program("group", "delete", "events:hello", "--group", "g")
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.assertEqual(self.json_of("stats")[0]["rates"]["done"], 0.0)


if __name__ == "__main__":
    unittest.main()
