# SPDX-License-Identifier: Apache-2.0
"""Runs the built program in a directory of its own, as a person or a script would."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("DUCTAPE_PROGRAM", os.path.join(ROOT, "build/dev/bin/ductape"))
PATIENCE = 60  # seconds a command may take; sanitizers and a busy machine included


class ProgramTest(unittest.TestCase):
    """Each case has an empty directory with nothing of the caller's environment in it."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ductape-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DUCTAPE_", "XDG_")) and name != "NO_COLOR"
        }
        self.environment["XDG_DATA_HOME"] = os.path.join(self.directory, "xdg")
        self.children = []
        self.addCleanup(self.end_children)

    def end_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream:
                    stream.close()

    def run_program(self, *arguments, status=0, stdin="", environment=None, directory=None, **options):
        """Runs to the end and returns what it wrote; the exit status must be `status`."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory or self.directory,
            env={**self.environment, **(environment or {})},
            timeout=PATIENCE,
            check=False,
            **options,
        )
        self.assertEqual(
            done.returncode,
            status,
            f"{' '.join(arguments)}\nstdout: {done.stdout[-2000:]!r}\nstderr: {done.stderr[-2000:]!r}",
        )
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        return done

    def json_of(self, *arguments, **options):
        """Runs with --json; standard output must be one JSON document on one line."""
        out = self.run_program(*arguments, "--json", **options).out
        self.assertEqual(out.count("\n"), 1, out)
        return json.loads(out)

    def lines_of(self, *arguments, **options):
        """Runs with --json; standard output must be one JSON document a line."""
        return [json.loads(line) for line in self.run_program(*arguments, "--json", **options).out.splitlines()]

    def refused(self, *arguments, status=2, name=None, says=(), **options):
        """Runs twice, for people and with --json: both must fail alike and say the same."""
        text = self.run_program(*arguments, status=status, **options).err
        self.assertTrue(text.startswith("error ("), text)
        # In front, as a flag at the end may lack its value.
        done = self.run_program("--json", *arguments, status=status, **options)
        self.assertEqual(done.out, "")
        error = json.loads(done.err.splitlines()[-1])["error"]
        self.assertEqual(set(error), {"name", "code", "message", "hint", "provider", "native"})
        if name:
            self.assertEqual(error["name"], name)
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, text)
            self.assertIn(word, error["message"] + (error["hint"] or ""))
        return error

    def start(self, *arguments, **options):
        """Starts it and leaves it running; `wait_ready` and `ended` go with it."""
        child = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            cwd=self.directory,
            env=self.environment,
            bufsize=0,  # what a case reads by the line is not missing at the end
            **options,
        )
        self.children.append(child)
        return child

    def wait_ready(self, child):
        line = child.stderr.readline().decode()
        self.assertEqual(line, "ready\n", line + child.stderr.read().decode() if line != "ready\n" else "")

    def ended(self, child, status=0):
        """Waits for the end and returns what it wrote."""
        out, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, status, f"stdout: {(out or b'')[-2000:]!r}\nstderr: {(err or b'')[-2000:]!r}")
        return (out or b"").decode(), (err or b"").decode()

    def wait_until(self, condition):
        """Asks every twentieth of a second until it holds."""
        give_up = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), give_up, "it never became true")
            time.sleep(0.05)

    def terminate(self, child, status=0):
        child.send_signal(signal.SIGTERM)
        return self.ended(child, status)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path


class StoreTest(ProgramTest):
    """The same, in a store with product `demo`, broker `events` and topic `events:hello`."""

    def setUp(self):
        super().setUp()
        self.run_program("init")

    def group(self, name, event="events:hello"):
        return self.json_of("group", "show", event, "--group", name)

    def receive(self, count, *arguments, event="events:hello"):
        """One at a time unless the case says otherwise: without keys several handlers keep no order."""
        alone = () if "--concurrency" in arguments else ("--concurrency", "1")
        return self.lines_of("subscribe", event, "--from", "earliest", "--count", str(count), *alone, *arguments)
