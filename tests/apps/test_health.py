# SPDX-License-Identifier: Apache-2.0
"""health, and group reset."""

import time
import unittest

from program import ProgramTest, StoreTest

G = ("events:hello", "--group", "g")


class Health(StoreTest):
    def test_green(self):
        health = self.json_of("health")
        self.assertEqual(list(health), ["state", "items"])
        self.assertEqual(health["state"], "green")
        self.assertTrue(health["items"])
        for item in health["items"]:
            self.assertEqual(list(item), ["what", "state", "reason", "last_answer_ms_ago"])
            self.assertEqual((item["state"], item["reason"]), ("green", None))
            self.assertGreaterEqual(item["last_answer_ms_ago"], 0)
        self.assertTrue(any("events" in item["what"] for item in health["items"]), health)

    def test_for_people(self):
        out = self.run_program("health").out
        self.assertRegex(out, r"(?m)^WHAT +STATE +LAST ANSWER +REASON$")
        self.assertTrue(out.endswith("\ngreen\n"), out)

    def test_red_is_1_and_says_why(self):
        self.run_program("publish", "events:hello", "1")
        local = [f"{path}/{name}" for path in (f"{self.directory}/.ductape/local",) for name in self.files_of(path)]
        for path in local:
            with open(path, "wb") as file:
                file.write(b"not what it was" * 1000)
        health = self.json_of("health", status=1)
        self.assertEqual(health["state"], "red")
        self.assertTrue(any(item["state"] == "red" and item["reason"] for item in health["items"]), health)

    def test_a_frozen_process_inside_a_commit_is_named(self):
        import fcntl

        self.run_program("publish", "events:hello", "1")
        # This process holds the file as one does that is stopped in the middle of a commit.
        (turnstile,) = [name for name in self.files_of(f"{self.directory}/.ductape/local") if name.endswith(".turnstile")]
        with open(f"{self.directory}/.ductape/local/{turnstile}", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            began = time.monotonic()
            health = self.json_of("health", status=1)
            self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(health["state"], "red")
        self.assertRegex(str(health["items"]), r"process \d+ has held it")
        self.assertEqual(self.json_of("health")["state"], "green")

    def test_asking_makes_no_files(self):
        self.run_program("health")
        self.assertFalse([name for name in self.files_of(f"{self.directory}/.ductape/local") if name.endswith(".db")])

    def files_of(self, path):
        import os

        return [os.path.relpath(os.path.join(folder, name), path) for folder, _, names in os.walk(path) for name in names]

    def test_a_broker_that_cannot_be_opened_is_red(self):
        self.run_program("broker", "create", "orders", "--type", "REDIS", "--set", "host=h", "--set", "password=${ORDERS_PW}")
        self.run_program("topic", "create", "orders:new")
        items = {item["what"]: item for item in self.json_of("health", status=1)["items"]}
        self.assertIn("ORDERS_PW", items["broker orders in dev"]["reason"])
        self.run_program("broker", "update", "orders", "-f", "-", stdin='{"envs": [{"slug": "prd", "type": "LOCAL"}]}')
        self.run_program("broker", "update", "orders", "-f", "-", stdin='{"envs": [{"slug": "dev", "type": null}]}')
        self.assertEqual(len(self.json_of("health")["items"]), 1, "a broker need not be in every environment")

    def test_what_is_unknown(self):
        self.refused("health", "--product", "absent", name="PRODUCT_NOT_FOUND", says="absent")
        self.refused("health", "extra", name="INVALID_ARGUMENT")


class NoStore(ProgramTest):
    def test_without_a_product(self):
        self.refused("health", name="INVALID_ARGUMENT", says="--product")


class Reset(StoreTest):
    def setUp(self):
        super().setUp()
        self.run_program("group", "create", *G)
        for number in range(3):
            self.run_program("publish", "events:hello", str(number))

    def bodies(self):
        return [line["body"] for line in self.lines_of("subscribe", *G, "--idle", "700ms", "--concurrency", "1")]

    def test_to_earliest_and_latest(self):
        self.assertEqual(self.bodies(), [0, 1, 2])
        self.assertEqual(self.run_program("group", "reset", *G, "--to", "earliest").out, "group events:hello/g reset to earliest\n")
        self.assertEqual(self.group("g")["waiting"], 3)
        self.assertEqual(self.bodies(), [0, 1, 2])
        self.run_program("group", "reset", *G, "--to", "earliest")
        self.assertEqual(self.json_of("group", "reset", *G, "--to", "latest"),
                         {"reset": {"event": "events:hello", "group": "g", "to": "latest"}})
        self.assertEqual(self.bodies(), [])

    def test_to_a_time(self):
        self.bodies()
        time.sleep(0.05)
        now = time.time()
        place = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        time.sleep(0.05)
        self.run_program("publish", "events:hello", "3")
        self.bodies()
        self.run_program("group", "reset", *G, "--to", place)
        self.assertEqual(self.bodies(), [3])

    def test_a_conflict_while_members_run(self):
        child = self.start("subscribe", *G)
        self.wait_ready(child)
        self.refused("group", "reset", *G, "--to", "earliest", name="CONFLICT", says="g")
        self.terminate(child)
        self.run_program("group", "reset", *G, "--to", "earliest")

    def test_bad_input(self):
        self.refused("group", "reset", *G, name="INVALID_ARGUMENT", says="--to")
        self.refused("group", "reset", *G, "--to", "yesterday", name="INVALID_ARGUMENT", says="yesterday")
        self.refused("group", "reset", *G, "--to", "", name="INVALID_ARGUMENT")
        self.refused("group", "reset", "events:hello", "--to", "latest", name="INVALID_ARGUMENT", says="--group")
        self.refused("group", "reset", "events:hello", "--group", "absent", "--to", "latest", says="absent")
        self.refused("group", "reset", "events:absent", "--group", "g", "--to", "latest", name="TOPIC_NOT_FOUND")


if __name__ == "__main__":
    unittest.main()
