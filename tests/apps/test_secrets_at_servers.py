# SPDX-License-Identifier: Apache-2.0
"""A password that real servers ask for, through every command, right and wrong: it is nowhere to be read."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import unittest

from program import PATIENCE, PROGRAM, StoreTest

MARKER = "hunter2-MARKER"
E = "orders:new"
G = (E, "--group", "billing")


class Server:
    """Asks for a password, at first for the marker."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.directory = tempfile.mkdtemp(prefix="ductape-server-")  # not where a case looks for the marker
        self.file = os.path.join(self.directory, "server.conf")
        self.process = None
        self.start(MARKER)

    def start(self, password):
        with open(self.file, "w", encoding="ascii") as file:
            file.write(self.configuration(password))
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def change(self, password):
        self.end()
        self.start(password)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.sendall(b"PING\r\n")
                return client.recv(4) != b""
        except OSError:
            return False


class Redis(Server):
    def configuration(self, password):
        return (f'bind 127.0.0.1\nport {self.port}\ndir {self.directory}\nrequirepass {password}\nsave ""\n'
                "appendonly yes\n")

    def command(self):
        return ["redis-server", self.file]

    def configs(self):
        return [("REDIS", {"host": "127.0.0.1", "port": self.port, "password": MARKER})]


class Nats(Server):
    def configuration(self, password):
        return (f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.directory}/store" }}\n'
                f'authorization {{ user: shop, password: "{password}" }}\n')

    def command(self):
        return ["nats-server", "-c", self.file]

    def configs(self):
        return [("NATS", {"servers": f"nats://127.0.0.1:{self.port}", "user": "shop", "pass": MARKER}),
                ("NATS", {"servers": [f"nats://shop:{MARKER}@127.0.0.1:{self.port}"]})]


class Leaks(StoreTest):
    def setUp(self):
        super().setUp()
        self.seen = 0

    def say(self, *arguments, stdin="", status=None):
        """Runs it for people and in JSON, at the most talkative level; the marker is in nothing that comes out."""
        for json_too in ((), ("--json",)):
            done = subprocess.run([PROGRAM, "--log-level", "trace", *json_too, *arguments], input=stdin.encode(),
                                  capture_output=True, cwd=self.directory, env=self.environment, timeout=PATIENCE,
                                  check=False)
            said = (done.stdout + done.stderr).decode()
            self.assertNotIn(MARKER, said, " ".join(arguments))
            if status is not None:
                self.assertEqual(done.returncode, status, " ".join(arguments) + "\n" + said)
            self.seen += 1

    def read(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8") as file:
            return file.read()

    def read_everything_kept(self):
        for folder, _, files in os.walk(self.directory):
            for file in files:
                with open(os.path.join(folder, file), "rb") as opened:
                    self.assertNotIn(MARKER.encode(), opened.read(), file)

    def commands(self, works):
        """Every command that meets the server. `works`: it lets us in."""
        ok = 0 if works else 1
        self.say("publish", E, "{}", "--deadline", "5s", status=ok)
        self.say("publish", E, "-", "--deadline", "5s", stdin="{}\n{}\n", status=0 if works else 3)
        self.say("subscribe", *G, "--count", "1", "--idle", "2s", status=ok)
        self.say("subscribe", *G, "--count", "1", "--idle", "2s", "--exec", "exit 65", status=ok)
        self.say("subscribe", E, "--mode", "broadcast", "--timeout", "200ms", status=ok)
        for verb in ("show", "reset", "update"):
            more = {"reset": ("--to", "latest"), "update": ("--max-attempts", "3")}.get(verb, ())
            self.say("group", verb, *G, *more)
        self.say("group", "list")
        self.say("dead-letters", "list", *G, status=ok)
        self.say("dead-letters", "redrive", *G)
        self.say("dead-letters", "purge", *G)
        self.say("stats")
        self.say("stats", "--prometheus")
        self.say("health", status=ok)
        self.say("doctor", status=ok)
        for verb in ("show", "list", "update"):
            self.say("topic", verb, *{"list": ()}.get(verb, (E,)), *(("--name", "New") if verb == "update" else ()))
            self.say("broker", verb, *{"list": ()}.get(verb, ("orders",)), *(("--name", "O") if verb == "update" else ()))
            self.say("product", verb, *{"list": ()}.get(verb, ("demo",)), *(("--name", "D") if verb == "update" else ()))
        self.say("secret", "list")
        self.say("export")
        self.say("export", "--format", "json")
        self.say("apply", "-f", "-", stdin=self.run_program("export").out)
        self.say("group", "delete", *G)

    def run_at(self, kind):
        server = kind()
        self.addCleanup(shutil.rmtree, server.directory, ignore_errors=True)
        self.addCleanup(lambda: server.process.kill())
        for type_of, config in server.configs():
            self.wait_until(server.answers)
            document = {"brokers": [{"tag": "orders", "envs": [{"slug": "dev", "type": type_of, "config": config}],
                                     "topics": [{"tag": "new", "groups": [{"name": "billing"}]}]}]}
            self.say("apply", "-f", "-", stdin=json.dumps(document), status=0)
            with open(os.path.join(self.directory, "member"), "wb") as said:
                member = self.start("--log-level", "trace", "subscribe", *G, stdout=said, stderr=said)
            self.wait_until(lambda: "ready\n" in self.read("member"))
            for name in ("cmdline", "environ"):
                with open(f"/proc/{member.pid}/{name}", "rb") as file:
                    self.assertNotIn(MARKER.encode(), file.read())
            self.commands(works=True)
            server.change("another")
            self.wait_until(server.answers)
            self.commands(works=False)
            self.terminate(member)
            self.read_everything_kept()
            self.assertGreater(self.seen, 100)
            server.change(MARKER)
            self.wait_until(server.answers)
            # The member could not take its leave, so it counts for some seconds more.
            self.wait_until(lambda: subprocess.run([PROGRAM, "group", "delete", *G], cwd=self.directory, check=False,
                                                   env=self.environment, stderr=subprocess.DEVNULL,
                                                   stdout=subprocess.DEVNULL).returncode == 0)
            self.run_program("topic", "delete", E)
            self.run_program("broker", "delete", "orders")
        server.end()

    def test_redis(self):
        self.run_at(Redis)

    def test_nats(self):
        self.run_at(Nats)


if __name__ == "__main__":
    unittest.main()
