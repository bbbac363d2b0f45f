# SPDX-License-Identifier: Apache-2.0
"""A trace context that a caller gives reaches the handler, over each provider, through the command line and through a
program that joins a tracing system (traced.cc)."""

import os
import subprocess
import unittest

from servers import Nats, Redis, ServerTest

TRACED = os.environ.get("DUCTAPE_TRACED", "")
GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENT = "orders:new"


def child_of(span):
    """Its id as traced.cc makes it."""
    return span[:36] + ("c" if span[36] == "b" else "b") + span[37:]


class Traces:
    """For each provider."""

    def setUp(self):
        super().setUp()
        self.apply(self.env(), topics=[{"tag": "new", "groups": [{"name": "billing"}, {"name": "default"}]}])

    def traced(self, *arguments):
        """The lines that the program's spans are."""
        done = subprocess.run([TRACED, *arguments], cwd=self.directory, env=self.environment, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_from_the_command_line_to_a_program(self):
        self.run_program("publish", EVENT, "{}", "--header", f"traceparent={GIVEN}")
        span = child_of(GIVEN)
        self.assertEqual(self.traced("subscribe", EVENT), [
            f"begin {span} child of {GIVEN}", f"handled {{}} in {span} of {GIVEN}", f"end {span}"])

    def test_from_a_program_to_the_command_line(self):
        span = child_of(GIVEN)
        self.assertEqual(self.traced("publish", EVENT), [f"begin {span} child of {GIVEN}", f"end {span}"])
        (line,) = self.lines_of("subscribe", EVENT, "--group", "billing", "--count", "1")
        self.assertEqual((line["traceparent"], line["tracestate"], line["headers"]), (span, "shop=7", {}))
        done = self.run_program("subscribe", EVENT, "--count", "1", "--exec", 'echo "$TRACEPARENT $TRACESTATE" > told')
        with open(os.path.join(self.directory, "told"), encoding="ascii") as file:
            self.assertEqual(file.read(), f"{span} shop=7\n", done.err)

    def test_through_the_dead_letters(self):
        self.run_program("publish", EVENT, "{}", "--header", f"traceparent={GIVEN}")
        self.run_program("subscribe", EVENT, "--count", "1", "--exec",
                         'echo "$DUCTAPE_ATTEMPT $TRACEPARENT" >> told; exit 65')
        with open(os.path.join(self.directory, "told"), encoding="ascii") as file:
            self.assertEqual(file.read(), f"1 {GIVEN}\n")
        self.run_program("dead-letters", "redrive", EVENT, "--group", "default")
        (line,) = self.lines_of("subscribe", EVENT, "--count", "1")
        self.assertEqual(line["traceparent"], GIVEN)


class LocalTraces(Traces, ServerTest):
    def env(self):
        return {"slug": "dev", "type": "LOCAL"}


class RedisTraces(Traces, ServerTest):
    def env(self):
        return self.serve(Redis).env()


class NatsTraces(Traces, ServerTest):
    def env(self):
        return self.serve(Nats).env()


if __name__ == "__main__":
    unittest.main()
