# SPDX-License-Identifier: Apache-2.0
"""What a person sees: progress and colours, only on a terminal."""

import os
import pty
import re
import subprocess
import threading
import time
import unittest

from program import PROGRAM, StoreTest


class Terminal(StoreTest):
    def on_terminal(self, *arguments, stdin=b"", pieces=1, status=0, environment=None):
        """Runs with standard error on a terminal of 100 columns; returns what it showed there."""
        import fcntl
        import struct
        import termios

        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        shown = []

        def watch():
            while True:
                try:
                    data = os.read(controller, 65536)
                except OSError:
                    return
                if not data:
                    return
                shown.append(data)

        child = subprocess.Popen(
            [PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=terminal, cwd=self.directory,
            env={**self.environment, "TERM": "xterm", **(environment or {})})
        os.close(terminal)
        watcher = threading.Thread(target=watch)
        watcher.start()
        size = len(stdin) // pieces + 1
        for piece in range(pieces):
            child.stdin.write(stdin[piece * size:(piece + 1) * size])
            child.stdin.flush()
            if pieces > 1:
                time.sleep(0.15)
        child.stdin.close()
        out = child.stdout.read().decode()
        child.stdout.close()
        self.assertEqual(child.wait(timeout=60), status)
        watcher.join(timeout=10)
        os.close(controller)
        return out, b"".join(shown).decode()

    LINES = "".join(f"{n}\n" for n in range(2000)).encode()

    def test_progress_while_lines_are_sent(self):
        out, shown = self.on_terminal("publish", "events:hello", "-", stdin=self.LINES, pieces=5)
        self.assertEqual(out, "")
        self.assertRegex(shown, r"\r\x1b\[K[\d,]+ confirmed  [\d,]+/s")
        # It removes itself: what stays is the summary alone.
        last = re.split(r"\r\x1b\[K", shown)[-1]
        self.assertRegex(last, r"^2,000 confirmed in .*\r\n$")
        self.assertNotIn("\n", shown[: shown.index("2,000 confirmed in")])

    def test_a_refused_line_does_not_tear_the_bar(self):
        _, shown = self.on_terminal("publish", "events:hello", "-", "--continue", stdin=self.LINES + b"{bad\n" + self.LINES,
                                    pieces=5, status=3)
        for line in shown.split("\r\n"):
            visible = re.split(r"\r\x1b\[K", line)[-1]
            self.assertRegex(visible, r"^(line 2001 |4,000 confirmed, 1 refused|.*error.*1 line was not|$)")

    def test_errors_are_red_unless_no_color(self):
        self.assertIn("\x1b[31merror\x1b[0m", self.on_terminal("topic", "show", "events:absent", status=2)[1])
        shown = self.on_terminal("topic", "show", "events:absent", status=2, environment={"NO_COLOR": "1"})[1]
        self.assertTrue(shown.startswith("error (TOPIC_NOT_FOUND)"), shown)

    def test_no_drawing_on_a_dumb_terminal_or_in_a_pipe(self):
        shown = self.on_terminal("publish", "events:hello", "-", stdin=self.LINES, pieces=3, environment={"TERM": "dumb"})[1]
        self.assertNotIn("\x1b", shown)
        err = self.run_program("publish", "events:hello", "-", stdin=self.LINES).err
        self.assertEqual(err.count("\n"), 1)
        self.assertNotIn("\r", err)

    def test_a_redrive_shows_how_far_it_is(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.run_program("publish", "events:hello", "-", stdin="1\n" * 10)
        self.run_program("subscribe", "events:hello", "--group", "g", "--exec", "exit 65", "-n", "10")
        out, shown = self.on_terminal("dead-letters", "redrive", "events:hello", "--group", "g", "--rate", "8")
        self.assertEqual(out, "10 redriven\n")
        self.assertRegex(shown, r"\r\x1b\[K\[#{1,20}\.{0,20}\] +\d+ %  \d+ redriven  \d+/s  0:0\d left")
        self.assertTrue(shown.endswith("\r\x1b[K"), shown[-200:])

    def test_a_file_shows_how_far_it_is(self):
        path = self.write("lines", self.LINES * 2)
        controller, terminal = pty.openpty()
        with open(path, "rb") as file:
            child = subprocess.Popen([PROGRAM, "publish", "events:hello", "-", "--rate", "4000"], stdin=file, stderr=terminal,
                                     cwd=self.directory, env={**self.environment, "TERM": "xterm"})
        os.close(terminal)
        shown = b""
        while True:
            try:
                data = os.read(controller, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        os.close(controller)
        self.assertEqual(child.wait(timeout=60), 0)
        self.assertRegex(shown.decode(), r"\[#{1,20}\.{0,20}\] +\d+ %  [\d,]+ confirmed  [\d,]+/s  \d+:\d\d left")


if __name__ == "__main__":
    unittest.main()
