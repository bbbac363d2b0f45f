# SPDX-License-Identifier: Apache-2.0
"""A real broker of Kafka for a case, and kcat beside it."""

import json
import os
import subprocess

from servers import ROOT

SERVE = os.environ.get("DUCTAPE_SERVE_KAFKA", os.path.join(ROOT, "build/dev/tests/support/serve_kafka"))


def kafka_env(port, slug="dev", host="127.0.0.1", **config):
    return {"slug": slug, "type": "KAFKA", "config": {"brokers": [f"{host}:{port}"], **config}}


class Kafka:
    """`arguments`: of serve_kafka. It makes no topic because somebody asks for it."""

    name = "kafka"

    def __init__(self, _, *arguments):
        self.process = subprocess.Popen(
            [SERVE, "--property", "auto.create.topics.enable=false", *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.ports = json.loads(self.process.stdout.readline())

    @property
    def address(self):
        return f'127.0.0.1:{self.ports["port"]}'

    def kill(self):
        self.tell("kill")

    def start(self):
        self.tell("start")

    def freeze(self):
        self.tell("freeze")

    def thaw(self):
        self.tell("thaw")

    def tell(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer == "done\n", answer

    def end(self):
        """For good, with its data."""
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def kcat(self, *arguments, stdin=""):
        return self.bytes_of_kcat(*arguments, stdin=stdin.encode()).decode()

    def bytes_of_kcat(self, *arguments, stdin=b""):
        done = subprocess.run(["kcat", "-b", f'127.0.0.1:{self.ports["inner"]}', *arguments], check=True, input=stdin,
                              capture_output=True, timeout=30)
        return done.stdout

    def groups_as_stored(self):
        """What the broker wrote down of its groups and their members, in its own bytes."""
        return self.bytes_of_kcat("-C", "-e", "-q", "-X", "auto.offset.reset=earliest", "-t", "__consumer_offsets")

    def records(self, topic):
        """All that is there, as kcat has it: `partition`, `offset`, `key`, `headers` and `payload`, a text."""
        records = [json.loads(line) for line in self.kcat("-C", "-e", "-q", "-J", "-t", topic).splitlines()]
        for record in records:
            names = record.get("headers") or []
            record["headers"] = dict(zip(names[::2], names[1::2]))
        return records

    def topics(self):
        """{name: number of partitions}, without those of the broker itself."""
        found = json.loads(self.kcat("-L", "-J"))["topics"]
        return {topic["topic"]: len(topic["partitions"]) for topic in found if not topic["topic"].startswith("__")}

    def env(self, slug="dev", **config):
        return kafka_env(self.ports["port"], slug, **config)
