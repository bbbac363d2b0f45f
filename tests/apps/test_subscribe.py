# SPDX-License-Identifier: Apache-2.0
"""subscribe: lines, states, what ends it, and that nothing is lost when it ends."""

import json
import os
import signal
import subprocess
import time
import unittest

from program import StoreTest


class Lines(StoreTest):
    def test_every_member_of_a_delivery_line(self):
        self.run_program("topic", "create", "events:ordered", "--ordered")
        receipt = self.json_of("publish", "events:ordered", '{"a": 1}', "--key", "k", "--header", "h=1")
        line = self.receive(1, "--group", "g", event="events:ordered")[0]
        self.assertEqual(list(line), ["id", "event", "product", "env", "group", "attempt", "deliveries", "time", "key",
                                      "headers", "body"])
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        del line["time"]
        self.assertEqual(line, {"id": receipt["id"], "event": "events:ordered", "product": "demo", "env": "dev", "group": "g",
                                "attempt": 1, "deliveries": 1, "key": "k", "headers": {"h": "1"}, "body": {"a": 1}})

    def test_for_people(self):
        receipt = self.json_of("publish", "events:hello", '{"a": 1}')
        out = self.run_program("subscribe", "events:hello", "--from", "earliest", "-n", "1").out
        self.assertRegex(out, rf'^\S+Z {receipt["id"]} - {{"a": 1}}\n$')

    def test_raw_and_json_exclude_each_other(self):
        error = self.run_program("subscribe", "events:hello", "--raw", "--json", status=2).err
        self.assertIn("--raw", error)

    def test_several_lines_in_a_body_become_one(self):
        self.run_program("publish", "events:hello", '{\n"a":\n"x\\ny"}')
        self.assertEqual(self.receive(1)[0]["body"], {"a": "x\ny"})


class Ends(StoreTest):
    def publish(self, count):
        text = "".join(f"{n}\n" for n in range(1, count + 1))
        self.run_program("publish", "events:hello", "-", stdin=text)

    def test_count_never_takes_more(self):
        self.publish(10)
        self.assertEqual(len(self.receive(4, "--group", "g", "--concurrency", "8")), 4)
        group = self.group("g")
        self.assertEqual((group["done"], group["waiting"], group["in_flight"]), (4, 6, 0))
        self.assertEqual(len(self.lines_of("subscribe", "events:hello", "-g", "g", "-n", "6")), 6)

    def test_idle(self):
        self.publish(3)
        began = time.monotonic()
        lines = self.lines_of("subscribe", "events:hello", "--from", "earliest", "--idle", "700ms")
        self.assertEqual(len(lines), 3)
        self.assertGreaterEqual(time.monotonic() - began, 0.7)

    def test_timeout_with_and_without_count(self):
        self.publish(2)
        self.assertEqual(len(self.lines_of("subscribe", "events:hello", "--from", "earliest", "--timeout", "800ms")), 2)
        self.publish(2)
        done = self.run_program("subscribe", "events:hello", "--json", "--timeout", "800ms", "--count", "3", status=3)
        self.assertEqual(len(done.out.splitlines()), 2)
        ready, error = done.err.splitlines()
        self.assertEqual(ready, "ready")
        error = json.loads(error)["error"]
        self.assertEqual(error["name"], "TIMED_OUT")
        self.assertIn("2 of 3", error["message"])

    def test_signals_end_it_clean(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                child = self.start("subscribe", "events:hello", "--group", "g")
                self.wait_ready(child)
                child.send_signal(number)
                self.assertEqual(self.ended(child), ("", ""))

    def test_latest_is_from_its_birth(self):
        self.publish(1)
        child = self.start("subscribe", "events:hello", "--json", "--count", "1")
        self.wait_ready(child)
        self.run_program("publish", "events:hello", '"new"')
        out, _ = self.ended(child)
        self.assertEqual(json.loads(out)["body"], "new")

    def test_from_a_time(self):
        self.publish(1)
        time.sleep(0.05)
        now = time.time()
        begin = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        time.sleep(0.05)
        self.run_program("publish", "events:hello", '"after"')
        lines = self.lines_of("subscribe", "events:hello", "-g", "g", "--from", begin, "--idle", "500ms")
        self.assertEqual([line["body"] for line in lines], ["after"])

    def test_unknown_topic_env_product(self):
        self.refused("subscribe", "events:absent", name="TOPIC_NOT_FOUND", says="absent")
        self.refused("subscribe", "absent:hello", name="BROKER_NOT_FOUND", says="absent")
        self.refused("subscribe", "events:hello", "--env", "prd", name="BROKER_ENV_NOT_FOUND", says="prd")
        self.refused("subscribe", "events:hello", "--product", "absent", name="PRODUCT_NOT_FOUND", says="absent")
        self.refused("subscribe", "events:hello", "--group", "a/b", says="a/b")


class Groups(StoreTest):
    def test_two_groups_get_all_and_members_share(self):
        children = {}
        for name in ("audit-1", "billing-1", "billing-2"):
            with open(os.path.join(self.directory, name), "wb") as log:
                children[name] = self.start("subscribe", "events:hello", "--json", "--group", name.split("-")[0], stdout=log)
            self.wait_ready(children[name])
        text = "".join(f"{n}\n" for n in range(500))
        self.run_program("publish", "events:hello", "-", stdin=text)
        self.wait_until(lambda: all(self.group(name)["done"] == 500 for name in ("audit", "billing")))
        bodies = {}
        for name, child in children.items():
            self.terminate(child)
            with open(os.path.join(self.directory, name), encoding="ascii") as log:
                bodies[name] = [json.loads(line)["body"] for line in log]
        self.assertEqual(sorted(bodies["audit-1"]), list(range(500)))
        self.assertEqual(sorted(bodies["billing-1"] + bodies["billing-2"]), list(range(500)))

    def test_broadcast_gets_all_while_it_lives(self):
        self.run_program("publish", "events:hello", "0")
        children = [self.start("subscribe", "events:hello", "--mode", "broadcast", "--raw", "--count", "2") for _ in range(2)]
        for child in children:
            self.wait_ready(child)
        self.run_program("publish", "events:hello", "-", stdin="1\n2\n")
        for child in children:
            self.assertEqual(sorted(self.ended(child)[0].split()), ["1", "2"])
        self.assertEqual(self.json_of("group", "list"), [])


class NothingIsLost(StoreTest):
    COUNT = 3000

    def setUp(self):
        super().setUp()
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.run_program("publish", "events:hello", "-", stdin="".join(f"{n}\n" for n in range(self.COUNT)))

    def rest(self):
        out = self.run_program("subscribe", "events:hello", "-g", "g", "--raw", "--idle", "1s").out
        return [int(line) for line in out.split()]

    def test_a_signal_in_the_middle(self):
        child = self.start("subscribe", "events:hello", "-g", "g", "--raw", "--concurrency", "4")
        first = [int(child.stdout.readline()) for _ in range(100)]
        out, err = self.terminate(child)
        self.assertEqual(err, "ready\n")
        first += [int(line) for line in out.split()]
        rest = self.rest()
        # A clean drain: each exactly once, and no attempt was counted.
        self.assertEqual(sorted(first + rest), list(range(self.COUNT)))
        self.assertLess(len(first), self.COUNT, "it was not in the middle")

    def test_a_reader_that_goes_away(self):
        child = self.start("subscribe", "events:hello", "-g", "g", "--raw", "--concurrency", "4")
        written = [int(child.stdout.readline()) for _ in range(10)]
        child.stdout.close()
        child.stdout = None
        child.wait(timeout=30)
        _, err = self.ended(child, status=1)
        self.assertIn("standard output was closed by its reader", err)
        lines = self.lines_of("subscribe", "events:hello", "-g", "g", "--idle", "1s")
        self.assertEqual({line["attempt"] for line in lines}, {1})
        rest = [line["body"] for line in lines]
        # What the pipe had taken is acked although nobody read it; no line can be missing beyond that buffer.
        lost = set(range(self.COUNT)) - set(rest) - set(written)
        self.assertEqual(len(rest), len(set(rest)))
        self.assertLessEqual(len("".join(f"{n}\n" for n in lost)), 65536 + 8192)
        self.assertEqual(self.group("g")["waiting"], 0)

    def test_a_full_disk_behind_its_output(self):
        with open("/dev/full", "wb") as full:
            child = self.start("subscribe", "events:hello", "-g", "g", "--raw", stdout=full)
            _, err = self.ended(child, status=1)
        self.assertIn("No space left on device", err)
        lines = self.lines_of("subscribe", "events:hello", "-g", "g", "--idle", "1s")
        self.assertEqual(sorted(line["body"] for line in lines), list(range(self.COUNT)))
        self.assertEqual({line["attempt"] for line in lines}, {1})

    def test_lines_are_out_before_their_ack(self):
        log = os.path.join(self.directory, "log")
        with open(log, "wb") as file:
            child = self.start("subscribe", "events:hello", "-g", "g", "--raw", "--concurrency", "8", stdout=file)
            self.wait_ready(child)
            self.wait_until(lambda: os.path.getsize(log) > 1000)
            child.kill()
            child.wait()
        # What the killed one had not acked comes again once its lease is over; nothing acked is missing in its log.
        with open(log, encoding="ascii") as file:
            first = [int(line) for line in file.read().split()]
        done = self.group("g")["done"]
        self.assertGreaterEqual(len(first), done)

    def test_a_pipe_that_nobody_reads_stops_the_flow(self):
        child = self.start("subscribe", "events:hello", "-g", "g", "--json", "--concurrency", "2")
        self.wait_ready(child)
        time.sleep(1)
        written = self.group("g")["done"]
        time.sleep(0.5)
        group = self.group("g")
        self.assertEqual(group["done"], written)
        self.assertGreater(group["waiting"] + group["in_flight"], 0)
        child.send_signal(signal.SIGTERM)
        lines = self.ended(child)[0].splitlines()
        self.assertGreaterEqual(len(lines), written)
        self.assertEqual(sorted([json.loads(line)["body"] for line in lines] + self.rest()), list(range(self.COUNT)))

    def test_lines_of_many_workers_do_not_mix(self):
        lines = self.lines_of("subscribe", "events:hello", "-g", "g", "-n", str(self.COUNT), "--concurrency", "16")
        self.assertEqual(sorted(line["body"] for line in lines), list(range(self.COUNT)))


class TwoTerminals(StoreTest):
    def test_publisher_and_subscriber(self):
        self.run_program("topic", "create", "events:ordered", "--ordered")
        reader = self.start("subscribe", "events:ordered", "--group", "g", "--json", "--count", "1000")
        self.wait_ready(reader)
        writer = self.start("publish", "events:ordered", "-", "--key-from", "/k", "--json", stdin=subprocess.PIPE)
        text = "".join(f'{{"k":"{n % 7}","n":{n}}}\n' for n in range(1000))
        out, _ = writer.communicate(text.encode(), timeout=60)
        self.assertEqual(len(out.splitlines()), 1000)
        received = [json.loads(line) for line in self.ended(reader)[0].splitlines()]
        self.assertEqual({line["id"] for line in received}, {json.loads(line)["id"] for line in out.splitlines()})
        for key in range(7):
            order = [line["body"]["n"] for line in received if line["key"] == str(key)]
            self.assertEqual(order, list(range(key, 1000, 7)))


if __name__ == "__main__":
    unittest.main()
