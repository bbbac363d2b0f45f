# SPDX-License-Identifier: Apache-2.0
"""Real servers for a case, on free ports of 127.0.0.1 with their own data, and the built program beside them."""

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "apps"))
from program import ROOT, ProgramTest  # noqa: E402  pylint: disable=wrong-import-position

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def wait_for(condition, what, seconds=15):
    """Asks until it holds; what fails to answer does not hold."""
    end = time.monotonic() + seconds
    while True:
        try:
            if result := condition():
                return result
        except OSError:
            pass
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Port:
    """Nobody listens there, and no other test of this machine takes it (tests/support/loopback_port.cc)."""

    def __init__(self):
        for _ in range(1000):
            self.number = random.randint(12000, 32000)
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                claim.bind(f"\0ductape-test-port-{self.number}")
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", self.number))
                self.claim = claim.detach()
                return
            except OSError:
                claim.close()
        raise AssertionError("no free port")

    def __del__(self):
        os.close(self.claim)


def redis_env(port, slug="dev", host="127.0.0.1", **config):
    """As it stands in a file: Redis there."""
    return {"slug": slug, "type": "REDIS", "config": {"host": host, "port": port, **config}}


def nats_env(port, slug="dev", host="127.0.0.1", **config):
    return {"slug": slug, "type": "NATS", "config": {"servers": [f"nats://{host}:{port}"], **config}}


class Server:
    """One process, gone with the test however that ends."""

    name = ""

    def __init__(self, directory, configuration):
        self.port = Port()
        self.directory = os.path.join(directory, f"{self.name}-{self.port.number}")
        os.makedirs(self.directory)
        self.file = os.path.join(self.directory, "server.conf")
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.settings() + configuration)
        self.process = None
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        wait_for(self.is_ready, " ".join(self.command()))

    @property
    def address(self):
        return f"127.0.0.1:{self.port.number}"

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()


class Redis(Server):
    """Its data are on disk at each write, unless `configuration` says otherwise."""

    name = "redis"

    def __init__(self, directory, configuration="appendonly yes\nappendfsync always\n", log_in=()):
        self.log_in = log_in  # how redis-cli is told who it is
        super().__init__(directory, configuration)

    def settings(self):
        return f'bind 127.0.0.1\nport {self.port.number}\ndir {self.directory}\nsave ""\n'

    def command(self):
        return ["redis-server", self.file]

    def is_ready(self):
        return self.cli("PING", check=False) == "PONG\n"

    def cli(self, *arguments, check=True):
        """What redis-cli prints."""
        done = subprocess.run(["redis-cli", "-p", str(self.port.number), *self.log_in, *arguments], check=False,
                              capture_output=True, text=True, timeout=20)
        assert not check or not done.stderr and not done.stdout.startswith("(error)"), done.stdout + done.stderr
        return done.stdout

    def delete(self, stream):
        """As an administrator would."""
        assert self.cli("DEL", stream) == "1\n"

    def env(self, slug="dev", **config):
        return redis_env(self.port.number, slug, **config)


class Nats(Server):
    """With JetStream, unless `jetstream` is false; `configuration` is what follows in its file."""

    name = "nats"

    def __init__(self, directory, configuration="", jetstream=True):
        self.monitor_port = Port()
        self.jetstream = jetstream
        super().__init__(directory, configuration)

    def settings(self):
        lines = f'listen: "127.0.0.1:{self.port.number}"\nhttp: "127.0.0.1:{self.monitor_port.number}"\n'
        if self.jetstream:
            lines += f'jetstream {{ store_dir: "{self.directory}/store", max_file_store: 1GB }}\n'
        return lines

    def command(self):
        return ["nats-server", "-c", self.file]

    def is_ready(self):
        with socket.create_connection(("127.0.0.1", self.port.number), 1) as client:
            return client.recv(4) == b"INFO" and self.monitor("healthz")["status"] == "ok"

    def monitor(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port.number}/{path}", timeout=5) as answer:
            return json.load(answer)

    def streams(self):
        """{name: (messages, consumers)}"""
        accounts = self.monitor("jsz?accounts=1&streams=1").get("account_details") or []
        return {stream["name"]: (stream["state"]["messages"], stream["state"]["consumer_count"])
                for account in accounts for stream in account.get("stream_detail") or []}

    def delete(self, stream):
        """As an administrator would."""
        with socket.create_connection(("127.0.0.1", self.port.number), 5) as client:
            client.sendall(b'CONNECT {"verbose":false}\r\nSUB _INBOX.x 1\r\n'
                           b"PUB $JS.API.STREAM.DELETE.%s _INBOX.x 0\r\n\r\n" % stream.encode())
            said = b""
            while b"\r\nMSG " not in said or not said.endswith(b"}\r\n"):
                said += client.recv(4096)
        assert b'"success":true' in said, said

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port.number}"

    def env(self, slug="dev", **config):
        return nats_env(self.port.number, slug, **config)


class ServerTest(ProgramTest):
    """Product `shop`; its brokers are on the servers that a case starts."""

    def setUp(self):
        super().setUp()
        self.environment.update(DUCTAPE_PRODUCT="shop", DUCTAPE_STORE=f"sqlite:{self.directory}/store")
        self.addCleanup(self.end_servers)
        self.servers = []

    def serve(self, kind, *arguments, **options):
        server = kind(self.directory, *arguments, **options)
        self.servers.append(server)
        return server

    def end_servers(self):
        for server in self.servers:
            server.end()

    def apply(self, *envs, topics=({"tag": "new"},), status=0):
        """Broker `orders` in these environments."""
        document = {"product": "shop", "brokers": [{"tag": "orders", "envs": list(envs), "topics": list(topics)}]}
        return self.run_program("apply", "-f", self.write("shop.json", json.dumps(document)), status=status)

    def findings(self, *arguments, status=0):
        """What doctor finds, by what it looked at."""
        began = time.monotonic()
        found = self.json_of("doctor", *arguments, status=status)["findings"]
        self.assertLess(time.monotonic() - began, 10.0, "doctor must answer within ten seconds")
        return {finding["what"]: finding for finding in found}
