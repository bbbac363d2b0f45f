# SPDX-License-Identifier: Apache-2.0
"""Runs the demo, as fast as it goes: demo_test.py DUCTAPE DELAY_BOARD plain|terminal|sabotaged"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from on_terminal import Terminal  # noqa: E402

GROUPS = ("delay-board", "auditor", "late")
ductape = delay_board = None


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DUCTAPE_", "DEMO_"))}
        return dict(kept, DUCTAPE=ductape, DELAY_BOARD=delay_board, DEMO_RATE="0", TMPDIR=self.folder.name, **more)

    def run_demo(self, **more):
        command = [str(HERE / "demo")]
        return subprocess.run(
            command, env=self.environment(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90, check=False
        )

    def nothing_is_left(self):
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_plain(self):
        done = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("220 of 220 airports in the order of the file", done.stdout)
        # Of the board's, first those over two hours are dead, each with its reason, then none is missing.
        self.assertRegex(done.stdout, r"max_attempts +3 .* \d\d\d min late, the board has room for 120\n")
        self.assertRegex(done.stdout, r"(?m)^delay-board +20,000 +19,710 +290 +0 +0 +0$")
        self.assertIn("290 redriven\n", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^delay-board +20,000 +20,000 +0 +0 +0 ")
        self.assertIn("published 20,000, groups 3, lost 0, out of order 0", done.stdout)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.nothing_is_left()

    def test_terminal(self):
        demo = Terminal([str(HERE / "demo")], self.environment(TERM="xterm"))
        self.assertEqual(demo.finish(90), 0, demo.shown)
        self.assertIn("published 20,000, groups 3, lost 0, out of order 0", demo.shown)
        self.assertRegex(demo.shown, r"DEPARTURES  2001/03/31 \d\d:\d\d +19710 from 220 airports")
        self.assertRegex(demo.shown, r"DEPARTURES  2001/03/31 \d\d:\d\d +290 from  80 airports")
        self.assertTrue(demo.shown.endswith("\x1b7\x1b[r\x1b8"), "the screen scrolls again")
        self.nothing_is_left()

    def test_sabotaged(self):
        for group in GROUPS:
            with self.subTest(group):
                done = self.run_demo(DEMO_SABOTAGE=group)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(f"{group}: lost: ", done.stdout)
                self.assertIn("DOES NOT BALANCE: published 20,000, groups 3, lost 1, out of order 0", done.stdout)
                self.assertIn("the ledger does not balance", done.stderr)
                self.nothing_is_left()


if __name__ == "__main__":
    ductape, delay_board, kind = sys.argv[1:]
    unittest.main(argv=[sys.argv[0], f"Demo.test_{kind}"])
