# SPDX-License-Identifier: Apache-2.0
"""What RabbitMQ sees of a member and of what it leaves, and what is refused before it is asked."""

import json
import os
import tempfile
import unittest

from rabbitmq import Rabbitmq
from servers import ServerTest
from test_server_faults import Traffic


class RabbitmqOptions(Traffic, ServerTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.rabbitmq = Rabbitmq(directory.name, users={"till": (".*",) * 3})
        cls.addClassCleanup(cls.rabbitmq.end)

    def test_who_the_server_sees(self):
        env = self.rabbitmq.env(username="till", password="right", native={"connection-name": "till-7", "heartbeat": 7})
        self.apply(env)
        self.wait_ready(self.start("subscribe", "orders:new", "--json"))
        seen = self.rabbitmq.control("list_connections", "user", "vhost", "timeout", "client_properties")
        self.assertIn("till\t/\t7\t", seen)
        self.assertIn("till-7", seen)

    def test_names_that_are_too_long(self):
        for field, most in (("routingKey", 255), ("exchange", 255), ("queue", 251)):
            config = self.rabbitmq.env(**{field: "k" * (most + 1)})
            done = self.run_program("apply", "-f", self.write("long.json", self.document(config)), status=2)
            self.assertIn(f"/{field}", done.err)
            self.assertIn(f"up to {most} bytes", done.err)
            self.apply(self.rabbitmq.env(**{field: "k" * most}))
            self.json_of("topic", "show", "orders:new")

    def test_a_key_that_goes_nowhere(self):
        self.apply(self.rabbitmq.env(exchange="amq.topic"), topics=[{"tag": "nowhere"}])
        error = self.refused("publish", "orders:nowhere", "{}", status=2, name="TOPIC_HAS_NO_GROUP")
        self.assertIn("amq.topic", error["message"])
        self.assertIn("nowhere", error["message"])
        self.assertIn("group create", error["hint"])

    def test_headers_that_are_too_large(self):
        self.apply(self.rabbitmq.env(native={"frame-max": 4096}), topics=[{"tag": "big", "groups": [{"name": "g"}]}])
        error = self.refused("publish", "orders:big", "{}", "--header", "shop=" + "x" * 5000, status=2,
                             name="MESSAGE_TOO_LARGE")
        self.assertIn("4096", error["message"])
        self.assertIn("native.frame-max", error["hint"])

    def test_25_clean_closes_with_a_message_in_hand(self):
        """The server counts each of them as a hand-out; the group does not, whether a handler has it or nobody."""
        event, mark = "orders:closes", self.path("begun")
        self.apply(self.rabbitmq.env(), topics=[{"tag": "closes", "groups": [{"name": "g"}]}])
        published = {self.json_of("publish", event, str(number))["id"] for number in range(3)}
        for _ in range(25):
            self.write("begun", "")
            member = self.start("subscribe", event, "--group", "g", "--close-deadline", "2s", "--concurrency", "1", "--exec",
                                f"echo $DUCTAPE_ATTEMPT >> {mark}; sleep 60")
            self.wait_until(lambda: os.path.getsize(mark))
            member.terminate()
            self.ended(member, status=1)
            with open(mark, encoding="ascii") as begun:
                self.assertEqual(set(begun.read().split()), {"1"})
        got = self.lines_of("subscribe", event, "--group", "g", "--count", "3", "--timeout", "20s")
        self.assertEqual({line["id"] for line in got}, published)
        self.assertEqual({line["attempt"] for line in got}, {1})
        group = self.json_of("group", "show", event, "--group", "g")
        self.assertEqual((group["dead"], group["waiting"]), (0, 0))

    @staticmethod
    def document(env):
        return json.dumps({"product": "shop", "brokers": [{"tag": "orders", "envs": [env], "topics": [{"tag": "new"}]}]})


if __name__ == "__main__":
    unittest.main()
