# SPDX-License-Identifier: Apache-2.0
"""Servers that are down, killed, frozen or emptied, and members that are killed or frozen, under the command line."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

from kafka import Kafka
from places import Silence
from rabbitmq import Rabbitmq
from servers import ROOT, Nats, Redis, ServerTest

EVENT, ORDERED = "orders:new", "orders:steps"
G = (EVENT, "--group", "billing")


class Traffic:
    """Programs that publish and subscribe, and what they said."""

    def setUp(self):
        super().setUp()
        self.names, self.logs = {}, []

    def path(self, name):
        return os.path.join(self.directory, name)

    def numbers(self, count, keys):
        return self.write("numbers", "".join(f'{{"key":"{n % keys}","n":{n}}}\n' for n in range(count)))

    def start_publishing(self, count, *arguments, event=EVENT, log="published", keys=1):
        """Receipts go to `log`."""
        self.logs.append(log)
        with open(self.numbers(count, keys), "rb") as lines, open(self.path(log), "wb") as receipts:
            return self.start("publish", event, "-", "--json", *arguments, stdin=lines, stdout=receipts)

    def lines(self, name):
        try:
            with open(self.path(name), "rb") as file:
                return [json.loads(line) for line in file.read().splitlines(True) if line.endswith(b"\n")]
        except FileNotFoundError:
            return []

    def start_member(self, *arguments, event=EVENT):
        """Deliveries are added to `handled`; it is ready when this returns."""
        said = f"member-{len(self.children)}.err"
        with open(self.path("handled"), "ab") as log, open(self.path(said), "wb") as err:
            member = self.start("subscribe", event, "--group", "billing", "--json", "--lease", "2s", *arguments,
                                stdout=log, stderr=err)
        self.wait_until(lambda: "ready\n" in self.said_by(member, said))
        return member

    def said_by(self, member, name=None):
        """Its standard error so far."""
        self.names[member.pid] = name or self.names[member.pid]
        with open(self.path(self.names[member.pid]), encoding="utf-8") as file:
            return file.read()


class Faults(Traffic):
    """For each provider."""

    kind = None
    address_variable, address_value = None, "{}"  # where the program is told another address or port
    kept = {"lag": 2, "waiting": 2, "done": 5, "data_loss": 0}  # of a group that had 5 of 7, behind a restart
    config = {}

    def setUp(self):
        super().setUp()
        self.server = self.serve(self.kind)
        groups = [{"name": "billing"}]
        self.apply(self.server.env(**self.config), topics=[
            {"tag": "new", "groups": groups}, {"tag": "steps", "ordered": True, "groups": groups}])

    def is_done(self, event=EVENT):
        """The group has nothing left to do."""
        return self.json_of("group", "show", event, "--group", "billing")["lag"] == 0

    def balance(self, event=EVENT):
        """The ledger of all logs, when the group is done."""
        self.wait_until(lambda: self.is_done(event))
        dead = self.write("dead", self.run_program("dead-letters", "list", event, "--group", "billing", "--json").out)
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(ROOT, "tools/ledger.py"), "--published",
             *(self.path(log) for log in self.logs), "--group", f"billing={self.path('handled')}", "--dead", f"billing={dead}"],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_down_at_the_start(self):
        self.server.kill()
        began = time.monotonic()
        error = self.refused("publish", EVENT, "1", "--deadline", "1s", status=1)
        self.assertEqual(error["provider"], self.server.name)
        self.assertIn(self.server.address, error["message"])
        self.assertLess(time.monotonic() - began, 8)
        self.assertEqual(self.json_of("health", status=1)["state"], "red")
        self.refused("subscribe", *G, "--count", "1", status=1)
        waiting = self.start("publish", EVENT, "2", "--json")
        time.sleep(1)
        self.assertIsNone(waiting.poll())
        self.server.start()
        out, _ = self.ended(waiting)
        self.assertEqual(json.loads(out)["provider"], self.server.name)
        # To its deadline: whoever comes late finds it still waiting.
        self.server.kill()
        began = time.monotonic()
        self.refused("publish", EVENT, "3", "--deadline", "4s", status=1, name="TIMED_OUT")
        self.assertGreater(time.monotonic() - began, 2 * 3.7)
        self.server.start()
        self.assertEqual([line["body"] for line in self.lines_of("subscribe", *G, "--count", "1")], [2])

    def test_a_publish_to_a_silent_server_ends_at_its_deadline(self):
        """Nothing was sent, and it is told so: frozen, or something that takes the connection and says nothing."""
        self.server.freeze()
        for seconds in (1, 4):
            self.times_out(seconds)
        with Silence() as silence:
            self.environment[self.address_variable] = self.address_value.format(silence.port)
            self.times_out(4)

    def times_out(self, seconds):
        began = time.monotonic()
        error = json.loads(self.run_program("publish", EVENT, "1", "--deadline", f"{seconds}s", "--json", status=1).err)["error"]
        took = time.monotonic() - began
        self.assertEqual(error["name"], "TIMED_OUT", error)
        self.assertIn("did not take the message", error["message"])
        self.assertGreater(took, seconds - 0.1)
        self.assertLess(took, seconds + 1.5)

    def test_frozen_for_15_s_while_lines_are_published(self):
        publishing = self.start_publishing(6000, "--rate", "1500")
        member = self.start_member()
        self.wait_until(lambda: len(self.lines("published")) > 500)
        self.server.freeze()
        before = time.monotonic()
        while time.monotonic() - before < 15:
            time.sleep(0.1)
        self.server.thaw()
        self.ended(publishing)
        self.assertEqual(len(self.lines("published")), 6000)
        self.balance()
        self.terminate(member)

    def test_killed_and_started_at_a_third(self):
        publishing = self.start_publishing(3000, "--rate", "1000")
        member = self.start_member()
        self.wait_until(lambda: len(self.lines("published")) >= 1000)
        self.server.kill()
        time.sleep(2)
        self.server.start()
        self.ended(publishing)
        self.balance()
        self.terminate(member)

    def test_all_of_them_killed_at_random(self):
        """Members, publishers and at last the server, with whatever is under way."""
        publishing = self.start_publishing(2000, "--rate", "400", log="published-0")
        members = [self.start_member("--exec", self.handler()) for _ in range(2)]
        for kill in range(1, 9):
            time.sleep(random.uniform(0.2, 0.7))
            victim = random.randrange(2)
            members[victim].kill()
            if kill % 3 == 0:
                publishing.kill()
                publishing = self.start_publishing(2000, "--rate", "400", log=f"published-{kill}")
            members[victim] = self.start_member("--exec", self.handler())
        self.server.kill()
        members[0].kill()
        publishing.kill()
        self.server.start()
        members[0] = self.start_member("--exec", self.handler())
        self.ended(self.start_publishing(400, "--rate", "400"))
        self.balance()
        for member in members:
            self.terminate(member)

    def test_three_members_keep_the_order_of_each_key(self):
        publishing = self.start_publishing(3000, "--rate", "600", "--key-from", "/key", event=ORDERED, keys=30)
        members = [self.start_member(event=ORDERED) for _ in range(3)]
        for victim in range(3):
            before = len(self.lines("handled"))
            self.wait_until(lambda: len(self.lines("handled")) > before + 200)
            members[victim].kill()
            members[victim] = self.start_member(event=ORDERED)
        self.ended(publishing)
        self.balance(ORDERED)
        for member in members:
            self.terminate(member)

    def handler(self):
        """Writes down what it handled before it says so, and fails now and then."""
        return (f'n=$(cat); printf \'{{"id":"%s","key":null}}\\n\' "$DUCTAPE_ID" >> {self.path("handled")}; '
                'case $n in *7}) [ "$DUCTAPE_ATTEMPT" -gt 1 ];; esac')

    def test_lag_after_a_restart(self):
        member = self.start_member()
        for n in range(5):
            self.run_program("publish", EVENT, str(n))
        self.wait_until(lambda: len(self.lines("handled")) == 5)
        self.terminate(member)
        for n in range(2):
            self.run_program("publish", EVENT, str(n))
        self.server.kill()
        self.server.start()
        self.wait_until(self.is_counted)  # a quorum queue counts again some seconds after its node is back
        group = self.json_of("group", "show", *G)
        self.assertEqual({name: group[name] for name in self.kept}, self.kept)

    def is_counted(self):
        return True

    def test_a_frozen_member_loses_what_it_had(self):
        member = self.start_member("--count", "1", "--exec", f": > {self.path('begun')}; sleep 2")
        identity = self.json_of("publish", EVENT, "1")["id"]
        self.wait_until(lambda: os.path.exists(self.path("begun")))
        os.kill(member.pid, signal.SIGSTOP)
        self.assertEqual([line["id"] for line in self.lines_of("subscribe", *G, "--count", "1")], [identity])
        os.kill(member.pid, signal.SIGCONT)
        with self.subTest("it says so"):
            self.wait_until(lambda: f"lost {identity}\n" in self.said_by(member))
        self.terminate(member)
        self.wait_until(self.is_done)


class Deletions:
    """Where a client of the server's own can delete a stream; kcat deletes nothing."""

    def test_what_is_deleted_is_not_made_again_where_nothing_may_be_made(self):
        self.apply({**self.server.env(), "provision": "check"})
        publishing = self.start("publish", EVENT, "-", "--json", "--continue", stdin=subprocess.PIPE)
        stream = self.json_of("topic", "show", EVENT)["native"]["stream"]

        def publish(body):
            publishing.stdin.write(body)
            publishing.stdin.flush()
            return json.loads(publishing.stdout.readline())

        self.assertIn("native_id", publish(b"2\n"))
        self.server.delete(stream)
        for _ in range(2):
            error = publish(b"3\n")["error"]
            self.assertEqual(error["name"], "NOT_FOUND", error)
            self.assertIn(f"{stream} does not exist", error["message"])
            self.assertIn("provision: create", error["hint"])
        self.assertNotIn(stream, self.there())
        self.ended(publishing, status=3)


class RedisFaults(Faults, Deletions, ServerTest):
    kind = Redis
    address_variable = "DUCTAPE_BROKER_ORDERS_PORT"

    def there(self):
        return set(self.server.cli("KEYS", "*").split())

    def test_emptied_while_it_is_read(self):
        member = self.start_member()
        for n in range(3):
            self.run_program("publish", EVENT, str(n))
        self.wait_until(lambda: len(self.lines("handled")) == 3)
        self.server.cli("FLUSHALL")
        began = time.monotonic()
        self.run_program("publish", EVENT, "3")
        self.wait_until(lambda: len(self.lines("handled")) == 4)
        self.assertLess(time.monotonic() - began, 10)
        self.wait_until(lambda: "were removed before group billing had them" in self.said_by(member))
        self.assertGreater(self.json_of("group", "show", *G)["data_loss"], 0)
        self.terminate(member)


class NatsFaults(Faults, Deletions, ServerTest):
    kind = Nats
    address_variable, address_value = "DUCTAPE_BROKER_ORDERS_SERVERS", "nats://127.0.0.1:{}"

    def there(self):
        return set(self.server.streams())


class KafkaFaults(Faults, ServerTest):
    kind = Kafka
    address_variable, address_value = "DUCTAPE_BROKER_ORDERS_BROKERS", "127.0.0.1:{}"
    kept = {"lag": 2, "waiting": None, "done": 5, "data_loss": 0}

    def test_what_retention_took_before_the_group_had_it_is_told(self):
        kafka = self.serve(Kafka, "--property", "log.initial.task.delay.ms=100", "--property",
                           "log.retention.check.interval.ms=200")
        self.apply(kafka.env(partitions=1), topics=[
            {"tag": "new", "policy": {"retention": "1s"}, "groups": [{"name": "billing"}]}])
        for n in range(10):
            self.run_program("publish", EVENT, str(n))
        topic = self.json_of("topic", "show", EVENT)["native"]["topic"]
        self.wait_until(lambda: kafka.kcat("-Q", "-t", f"{topic}:0:-2").endswith("offset 10\n"))
        member = self.start_member()
        self.run_program("publish", EVENT, "10")
        self.wait_until(lambda: len(self.lines("handled")) == 1)
        self.assertIn("10 messages were removed before group billing had them", self.said_by(member))
        self.terminate(member)


class RabbitmqFaults(Faults, ServerTest):
    """What it handed out it does not tell, so it has no lag; and a member is dead to it when its heartbeats are."""

    kind = Rabbitmq
    address_variable = "DUCTAPE_BROKER_ORDERS_PORT"
    kept = {"lag": None, "waiting": 2, "data_loss": 0}
    config = {"native": {"heartbeat": "2"}}

    def is_counted(self):
        return self.json_of("group", "show", *G)["waiting"] > 0

    def is_done(self, event=EVENT):
        there = {line["id"] for log in self.logs for line in self.lines(log)}
        done = {line["id"] for line in self.lines("handled")}
        group = (event, "--group", "billing")
        dead = {line["id"] for line in self.json_of("dead-letters", "list", *group)}
        return there <= done | dead and self.json_of("group", "show", *group)["waiting"] == 0


if __name__ == "__main__":
    unittest.main()
