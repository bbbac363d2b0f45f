# SPDX-License-Identifier: Apache-2.0
"""Bad input: a clear error, exit 2, nothing sent, nothing lost."""

import json
import os
import subprocess
import threading
import time
import unittest

from program import PROGRAM, StoreTest

BAD_EVENTS = {
    "orders": "orders",
    "a:b:c": "a:b:c",
    ":x": ":x",
    "orders:": "orders:",
    "Orders:new": "O",
    "orders:New": "N",
    "": "",
    "orders:a b": " ",
    "orders:é": "orders",
    "a-:b": "-",
    "orders:" + "x" * 65: "65",
}


class Events(StoreTest):
    def test_malformed_events_are_named_everywhere(self):
        for event, says in BAD_EVENTS.items():
            for command in (["publish", event, "{}"], ["publish", event, "-"], ["subscribe", event], ["topic", "create", event],
                            ["group", "create", event, "--group", "g"]):
                with self.subTest(" ".join(command)):
                    # A new topic is told by its parts.
                    self.refused(*command, name="EVENT_FORMAT_INVALID", says=says if command[0] != "topic" else ())

    def test_malformed_events_have_their_own_name(self):
        for event in BAD_EVENTS:
            with self.subTest(event):
                self.refused("publish", event, "{}", name="EVENT_FORMAT_INVALID")

    def test_malformed_tags(self):
        for tag in ("", "A", "a b", "a:b", "x" * 65, "a..b", "a-", "é"):
            for noun in ("product", "broker"):
                with self.subTest(f"{noun} {tag}"):
                    self.refused(noun, "create", tag)
        self.run_program("broker", "create", "x" * 64)

    def test_what_is_unknown(self):
        publish = ["publish", "events:hello", "{}"]
        self.refused("publish", "absent:hello", "{}", name="BROKER_NOT_FOUND", says="absent")
        self.refused("publish", "events:absent", "{}", name="TOPIC_NOT_FOUND", says="absent")
        self.refused(*publish, "--env", "absent", name="BROKER_ENV_NOT_FOUND", says="absent")
        self.refused(*publish, "--product", "absent", name="PRODUCT_NOT_FOUND", says="absent")

    def test_files_that_nobody_can_have_meant(self):
        for text, says in (("product: p\nbrokers:\n\t- tag: b\n", ["line 3", "tab", "spaces"]),
                           ("\tproduct: p\n", ["line 1", "tab"]),
                           ("[" * 5_000_000 + "]" * 5_000_000, "nested deeper than 64 levels"),
                           ("a: " + "{b: " * 2_500_000, "nested deeper than 64 levels"),
                           ("a: " + "[" * 10_000_000, "nested deeper than 64 levels"),
                           ("- " * 5_000_000, "nested deeper than 64 levels")):
            with self.subTest(text[:40]):
                for command in ("apply", "broker"):
                    self.refused(command, *["create"][: command == "broker"], "-f", "-", stdin=text,
                                 name="INVALID_ARGUMENT", says=says)

    def test_keys_of_a_file(self):
        broker = "tag: b\nenvs: [{slug: dev, type: LOCAL}]\n"
        for bad, says in (
            (broker + "nmae: x\n", ["nmae", "name"]),
            (broker.replace("slug", "slgu"), ["slug"]),
            (broker.replace("LOCAL", "LOCAL, config: {durable: true}"), ["durable"]),
            (broker.replace("tag: b", "tag: [b]"), ["tag"]),
            (broker.replace("LOCAL", "KAFKAA"), ["KAFKAA"]),
            ("tag: b\n", []),
        ):
            with self.subTest(bad):
                self.refused("broker", "create", "-f", "-", stdin=bad, says=says)
        self.assertEqual([made["tag"] for made in self.json_of("broker", "list")], ["events"])


class Stores(StoreTest):
    def registry(self):
        return os.path.join(self.directory, ".ductape", "registry.db")

    def overwrite(self, begin, data):
        with open(self.registry(), "r+b") as file:
            file.seek(begin)
            file.write(data)

    def test_a_corrupt_store(self):
        for extra in ("-wal", "-shm"):
            if os.path.exists(self.registry() + extra):
                os.remove(self.registry() + extra)
        self.overwrite(0, os.urandom(4096))
        for command in (["topic", "list"], ["publish", "events:hello", "{}"], ["subscribe", "events:hello"], ["stats"]):
            with self.subTest(command):
                self.refused(*command, says="registry.db")

    def test_a_newer_store(self):
        import sqlite3

        with sqlite3.connect(self.registry()) as database:
            database.execute("PRAGMA user_version = 1000000")
        database.close()
        self.refused("topic", "list", says="registry.db")
        self.refused("publish", "events:hello", "{}", says="newer")

    def test_a_directory_where_a_file_must_be(self):
        for name, command in (("config.yaml", ["topic", "list"]), ("registry.db", ["topic", "list"]),
                              ("secret.key", ["secret", "set", "PW", "-p", "p"])):
            store = os.path.join(self.directory, "with-" + name)
            self.run_program("product", "create", "p", "--store", store)
            path = os.path.join(store, name)
            if os.path.exists(path):
                os.remove(path)
            os.makedirs(path, 0o700)
            with self.subTest(name):
                self.refused(*command, "--store", store, stdin="x", name="STORE_UNUSABLE", says=name)
        for command in (["apply"], ["broker", "create"], ["publish", "events:hello"]):
            self.refused(*command, "-f", ".", name="INVALID_ARGUMENT", says=[".", "a file that can be read"])

    def test_a_file_where_a_directory_must_be(self):
        below = os.path.join(self.directory, "below")
        os.makedirs(below)
        with open(os.path.join(below, ".ductape"), "wb"):
            pass
        for command in (["topic", "list"], ["publish", "events:hello", "{}"], ["init"]):
            self.refused(*command, directory=below, name="STORE_UNUSABLE", says=["below/.ductape", "a file stands"])

    def test_an_unknown_store_url(self):
        self.refused("topic", "list", "--store", "mysql://x", says="mysql")
        self.refused("init", "--store", "postgresql://x")
        self.refused("topic", "list", "--store", "sqlite:/proc/nowhere")

    def in_its_own_mounts(self, script):
        """Runs a shell script where it may mount; skipped where the system lets nobody."""
        if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this system lets nobody make a mount namespace")
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'ductape() {{ "{PROGRAM}" "$@"; }}\nset -e\n{script}'],
            cwd=self.directory, env=self.environment, capture_output=True, timeout=120, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_a_read_only_directory(self):
        prepare = "mount --bind . . && mount -o remount,bind,ro . && cd $PWD\n"
        for command in ("topic create events:x", "publish events:hello {}", "init --store sqlite:./other",
                        "apply -f shop.yaml"):
            with self.subTest(command):
                self.write("shop.yaml", "product: demo\nbrokers: [{tag: b, envs: [{slug: dev, type: LOCAL}]}]\n")
                code, _, err = self.in_its_own_mounts(prepare + "ductape " + command)
                self.assertEqual(code, 2, err)
                self.assertIn("error (", err)
        self.refused("topic", "show", "events:x", name="TOPIC_NOT_FOUND")

    def test_a_full_disk(self):
        code, out, err = self.in_its_own_mounts(
            "mkdir small && mount -t tmpfs -o size=2m tmpfs small && cd small && ductape init > /dev/null\n"
            "ductape publish events:hello 1 > /dev/null\n"
            "dd if=/dev/zero of=filler bs=4k 2> /dev/null || true\n"
            "dd if=/dev/zero of=filler2 bs=1 count=4096 2> /dev/null || true\n"
            "set +e\n"
            "head -c 500000 /dev/zero | tr '\\0' 1 > ../body\n"
            "ductape publish events:hello -f ../body\n"
            "echo status $?\n"
            "ductape topic create events:x --description \"$(head -c 100000 /dev/zero | tr '\\0' d)\"\n"
            "echo status $?\n"
            "rm filler filler2\n"
            "ductape publish events:hello 2 > /dev/null\n"
            "ductape subscribe events:hello --from earliest --raw --idle 1s\n")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.split(), ["status", "2", "status", "2", "1", "2"], err)
        self.assertEqual(err.count("error ("), 2, err)


class TwoProcesses(StoreTest):
    def test_one_record_made_by_two_at_once(self):
        results = []

        def create():
            done = subprocess.run([PROGRAM, "broker", "create", "same"], cwd=self.directory, env=self.environment,
                                  capture_output=True, timeout=60, check=False)
            results.append((done.returncode, done.stderr.decode()))

        threads = [threading.Thread(target=create) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(code for code, _ in results), [0, 2, 2, 2], results)
        for code, err in results:
            if code == 2:
                self.assertIn("ALREADY_EXISTS", err)

    def test_a_change_by_another_process_is_seen_within_a_second(self):
        child = self.start("publish", "events:hello", "-", "--json", stdin=subprocess.PIPE)
        child.stdin.write(b"1\n")
        child.stdin.flush()
        self.assertEqual(json.loads(child.stdout.readline())["line"], 1)
        self.run_program("topic", "delete", "events:hello")
        time.sleep(1.1)
        child.stdin.write(b"2\n")
        child.stdin.flush()
        line = json.loads(child.stdout.readline())
        self.assertEqual((line["line"], line["error"]["name"]), (2, "TOPIC_NOT_FOUND"))
        self.ended(child, status=3)


if __name__ == "__main__":
    unittest.main()
