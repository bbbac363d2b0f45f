# SPDX-License-Identifier: Apache-2.0
"""Credentials: kept sealed, named by configs, and never seen again."""

import json
import os
import pty
import stat
import subprocess
import unittest

from program import PROGRAM, StoreTest

MARKER = "hunter2-MARKER"
FILE = json.dumps({
    "brokers": [{
        "tag": "orders",
        "envs": [
            {"slug": "dev", "type": "LOCAL"},
            {"slug": "prd", "type": "RABBITMQ", "config": {"host": "h", "username": "u", "password": MARKER}},
            {"slug": "stage", "type": "KAFKA", "config": {"brokers": "k:9092", "native": {"ssl.key.password": MARKER}}},
            {"slug": "test", "type": "NATS", "config": {"servers": [f"nats://shop:{MARKER}@h"]}},
        ],
        "topics": [{"tag": "new", "groups": [{"name": "billing"}]}],
    }]
})


class Secrets(StoreTest):
    def test_life(self):
        done = self.run_program("secret", "set", "PW", stdin=MARKER + "\n")
        self.assertEqual(done.out, "secret PW set; write it as $Secret{PW}\n")
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.directory, ".ductape/secret.key")).st_mode), 0o600)
        self.run_program("broker", "create", "orders", "--type", "redis", "--config", '{"host":"h","password":"$Secret{PW}"}')
        listed = self.json_of("secret", "list")
        self.assertEqual([(one["name"], one["used_by"]) for one in listed], [("PW", ["broker orders in dev"])])
        self.assertIn("broker orders in dev", self.run_program("secret", "list").out)
        self.refused("secret", "rm", "PW", name="CONFLICT", says=("PW", "broker orders in dev"))
        self.run_program("broker", "delete", "orders")
        self.assertEqual(self.json_of("secret", "rm", "PW"), {"deleted": {"kind": "secret", "tag": "PW"}})
        self.refused("secret", "rm", "PW", name="NOT_FOUND", says="PW")

    def test_bad_input(self):
        error = self.refused("secret", "set", "PW", MARKER, name="INVALID_ARGUMENT", says="argument")
        self.assertNotIn(MARKER, json.dumps(error))
        error = self.refused("secret", "set", "PW", "--value=" + MARKER, name="INVALID_ARGUMENT", says="--value")
        self.assertNotIn(MARKER, json.dumps(error))
        self.refused("secret", "set", "a b", stdin="x", name="INVALID_ARGUMENT", says="a b")
        self.refused("secret", "set", "PW", stdin="\n", name="INVALID_ARGUMENT", says="empty")
        self.refused("secret", "set", "PW", stdin=b"\xff", name="INVALID_ARGUMENT", says="UTF-8")
        self.refused("secret", "set", "PW", "-p", "none", stdin="x", name="PRODUCT_NOT_FOUND", says="none")
        broker = ("broker", "create", "o", "--type", "REDIS", "--config")
        self.refused(*broker, '{"host":"h","password":"$Secret{GONE}"}', name="NOT_FOUND", says=("GONE", "secret set"))
        self.refused(*broker, '{"host":"h","password":"$Secret{GONE"}', name="INVALID_ARGUMENT", says="password")
        self.assertEqual(self.json_of("secret", "list"), [])

    def test_a_file_is_sealed_exported_and_applied_again(self):
        path = self.write("shop.json", FILE)
        changes = self.json_of("apply", "-f", path)["changes"]
        names = ["orders_prd_password", "orders_stage_native.ssl.key.password", "orders_test_servers"]
        for name in names:
            self.assertIn({"change": "added", "object": "secret " + name}, changes)
        self.assertEqual([one["name"] for one in self.json_of("secret", "list")], names)
        self.assertEqual({change["change"] for change in self.json_of("apply", "-f", path)["changes"]}, {"unchanged"})
        exported = self.run_program("export").out
        self.assertIn("nats://shop:$Secret{orders_test_servers}@h", exported)
        # A store that has the secrets takes what another exported, and gives it back byte for byte.
        elsewhere = os.path.join(self.directory, "elsewhere")
        store = ("--store", "sqlite:" + elsewhere, "-p", "demo")
        self.run_program("product", "create", "demo", *store)
        exported_file = self.write("exported.yaml", exported)
        self.refused("apply", "-f", exported_file, *store, name="NOT_FOUND", says="orders_prd_password")
        for name in names:
            self.run_program("secret", "set", name, *store, stdin=MARKER)
        self.run_program("apply", "-f", exported_file, *store)
        self.assertEqual(self.run_program("export", *store).out, exported)

    def test_the_prompt_does_not_show_what_is_typed(self):
        controller, terminal = pty.openpty()
        child = subprocess.Popen([PROGRAM, "secret", "set", "PW"], stdin=terminal, stdout=subprocess.PIPE, stderr=terminal,
                                 cwd=self.directory, env=self.environment)
        os.close(terminal)
        shown = b""
        while b"value of PW: " not in shown:
            shown += os.read(controller, 1024)
        os.write(controller, (MARKER + "\n").encode())
        out = child.stdout.read().decode()
        child.stdout.close()
        self.assertEqual(child.wait(timeout=60), 0)
        try:
            while more := os.read(controller, 1024):
                shown += more
        except OSError:
            pass
        os.close(controller)
        self.assertEqual(out, "secret PW set; write it as $Secret{PW}\n")
        self.assertNotIn(MARKER, shown.decode())

    def test_a_password_is_nowhere_to_be_read(self):
        said = []

        def run(*arguments, status=0, stdin=""):
            for json_too in ((), ("--json",)):
                done = self.run_program("--log-level", "trace", *json_too, *arguments, status=status, stdin=stdin)
                said.append((arguments, done.out + done.err))

        path = self.write("shop.json", FILE)
        broken = [self.write("open.json", '{"brokers": [{"tag": "o", "password": "' + MARKER),
                  self.write("stray.json", '{"brokers": [{"password": "' + MARKER + '" "x": 1}]}'),
                  self.write("open.yaml", "brokers: [{password: \"" + MARKER),
                  self.write("unknown.json", FILE.replace('"password"', '"passwort"'))]
        run("apply", "-f", path, "--dry-run")
        run("apply", "-f", path)
        for file in broken:
            run("apply", "-f", file, status=2)
            run("broker", "create", "-f", file, status=2)
        run("secret", "set", "PW", stdin=MARKER)
        run("secret", "list")
        for verb in ("show", "delete"):
            run("broker", verb, "orders", status=0 if verb == "show" else 2)
        run("broker", "list")
        run("broker", "update", "orders", "-e", "prd", "--config", json.dumps({"password": MARKER}))
        run("topic", "show", "orders:new")
        run("group", "list")
        run("group", "show", "orders:new", "--group", "billing")
        run("export")
        run("export", "--format", "json")
        run("publish", "orders:new", "{}")
        run("publish", "orders:new", "{}", "-e", "prd", "--deadline", "2s", status=1)
        run("subscribe", "orders:new", "--group", "billing", "--idle", "100ms")
        run("stats")
        run("health")
        run("health", "-e", "prd", status=1)
        run("providers", "rabbitmq")
        for arguments, text in said:
            self.assertNotIn(MARKER, text, " ".join(arguments))
        for file in [path, *broken]:
            os.remove(file)
        for folder, _, files in os.walk(self.directory):
            for file in files:
                with open(os.path.join(folder, file), "rb") as opened:
                    self.assertNotIn(MARKER.encode(), opened.read(), file)

    def test_a_config_given_as_an_argument_is_gone_from_it(self):
        config = json.dumps({"host": "h", "password": MARKER})
        # The store is locked by another writer, so that it has to wait.
        import sqlite3
        store = sqlite3.connect(os.path.join(self.directory, ".ductape/registry.db"), isolation_level=None)
        store.execute("BEGIN IMMEDIATE")
        child = self.start("broker", "create", "o", "--type", "REDIS", "--config", config)
        def arguments():
            with open(f"/proc/{child.pid}/cmdline", "rb") as file:
                return file.read()
        self.wait_until(lambda: b"*" * len(config) in arguments())
        self.assertNotIn(MARKER.encode(), arguments())
        store.execute("ROLLBACK")
        store.close()
        self.ended(child)
        self.assertEqual([one["name"] for one in self.json_of("secret", "list")], ["o_dev_password"])


if __name__ == "__main__":
    unittest.main()
