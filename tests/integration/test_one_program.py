# SPDX-License-Identifier: Apache-2.0
"""One program and one file in five environments: only --env differs, and then only the provider and its own ids."""

import json
import unittest

from kafka import Kafka
from rabbitmq import Rabbitmq
from servers import Nats, Redis, ServerTest

EVENT = "orders:new"
G = (EVENT, "--group", "billing")
# A handler of any language: 65 is a dead letter now, another exit a failed attempt.
HANDLER = 'body=$(cat); echo "$DUCTAPE_KEY $DUCTAPE_ATTEMPT $body"; case $body in *bad*) echo refused >&2; exit 65;; ' \
          '*late*) [ "$DUCTAPE_ATTEMPT" = 3 ] || exit 1;; *never*) echo "try again" >&2; exit 9;; esac'
# What a clock says, what is the provider's own, and what not every provider counts.
OWN = {"env", "provider", "native_id", "time", "first_failure", "last_failure", "oldest_age_ms", "parked", "waiting",
       "in_flight"}
# What RabbitMQ does not count; nor has it a group that starts in the past.
NOT_COUNTED = {"done", "lag", "data_loss", "deliveries"}


def comparable(value, own=frozenset(OWN)):
    if isinstance(value, (list, tuple)):
        return [comparable(one, own) for one in value]
    if isinstance(value, dict):
        return {name: "OWN" if name in own else comparable(each, own) for name, each in value.items()}
    return value


class OneProgram(ServerTest):
    maxDiff = None

    def program(self, env):
        """All that it said, in order."""
        said = []

        def run(*arguments, stdin="", status=0):
            done = self.run_program(*arguments, "--env", env, stdin=stdin, status=status)
            said.append((done.returncode, done.out))

        def read(*arguments, stdin="", status=0):
            done = self.run_program(*arguments, "--env", env, "--json", stdin=stdin, status=status)
            said.append((done.returncode, [comparable(json.loads(line)) for line in done.out.splitlines()]))
            return [json.loads(line) for line in done.out.splitlines()]

        lines = ['{"n":1,"k":"a"}', '{"n":2,"k":"b"}', '{"n":3,"k":"a","late":true}', '{"n":4,"k":"c","bad":true}',
                 '{"n":5,"k":"a"}', '{"n":6,"k":"d","never":true}']
        for number, line in enumerate(lines):
            read("publish", EVENT, line, "--id", f"m{number}", "--key", json.loads(line)["k"], "--header", "Shop=Köln")
        receipts = read("publish", EVENT, "-", "--key-from", "/k", stdin="".join(f'{{"n":{n},"k":"z"}}\n' for n in range(7, 107)))
        self.assertEqual(len(receipts), 100)
        for receipt in said[-1][1]:
            receipt.pop("id")
        read("publish", EVENT, "not json", status=2)
        read("group", "show", *G)
        # Keys run side by side; each is in order.
        run("subscribe", *G, "--exec", HANDLER, "--count", "111", "--concurrency", "1", "--backoff", "1ms..5ms")
        said[-1] = (said[-1][0], sorted(said[-1][1].splitlines(), key=lambda line: line.split(" ", 1)[0]))
        self.wait_until(lambda: self.json_of("group", "show", *G, "-e", env)["done"] in (None, 104))
        read("group", "show", *G)
        dead = read("dead-letters", "list", *G)[0]
        said[-1][1][0].sort(key=lambda letter: letter["id"])
        self.assertEqual(sorted(letter["id"] for letter in dead), ["m3", "m5"])
        read("dead-letters", "show", *G, "--id", "m5")
        read("dead-letters", "redrive", *G)
        delivered = read("subscribe", *G, "--count", "2")
        said[-1][1].sort(key=lambda line: line["id"])
        self.assertEqual({line["headers"]["Shop"] for line in delivered}, {"Köln"})
        self.wait_until(lambda: self.json_of("group", "show", *G, "-e", env)["done"] in (None, 106))
        read("group", "show", *G)
        stats = read("stats", EVENT)[0]
        said[-1] = (0, stats.keys() if isinstance(stats, dict) else [sorted(one) for one in stats])
        if env == "rabbitmq":
            self.refused("subscribe", EVENT, "--group", "late", "--from", "earliest", "--env", env, status=2)
            return said
        read("subscribe", EVENT, "--group", "late", "--from", "earliest", "--count", "3", "--concurrency", "1")
        read("group", "delete", EVENT, "--group", "late")
        return said

    def test_only_the_environment_differs(self):
        redis, nats, kafka, rabbitmq = (self.serve(kind) for kind in (Redis, Nats, Kafka, Rabbitmq))
        self.apply({"slug": "dev", "type": "LOCAL"}, redis.env("redis"), nats.env("nats"), kafka.env("kafka"),
                   rabbitmq.env("rabbitmq"), topics=[
            {"tag": "new", "ordered": True, "policy": {"max_attempts": 4}, "groups": [{"name": "billing"}]}])
        self.run_program("apply", "-f", f"{self.directory}/shop.json", "--all-envs")
        local = self.program("dev")
        for env in ("redis", "nats", "kafka", "rabbitmq"):
            own = NOT_COUNTED if env == "rabbitmq" else frozenset()
            for step, (found, expected) in enumerate(zip(self.program(env), local)):
                with self.subTest(env, step=step):
                    self.assertEqual(comparable(found, own), comparable(expected, own))


if __name__ == "__main__":
    unittest.main()
