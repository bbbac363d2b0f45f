# SPDX-License-Identifier: Apache-2.0
"""Runs one example as a person would: examples_test.py DUCTAPE DIRECTORY_OF_EXAMPLES NAME"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from on_terminal import Terminal

HERE = pathlib.Path(__file__).resolve().parent
ID = r"[0-9a-f-]{36}"
ductape = programs = None


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DUCTAPE_")}
        self.environment.update(DUCTAPE_STORE=f"sqlite:{folder.name}/store", TERM="dumb")
        subprocess.run([ductape, "apply", "-f", HERE / "orders.yaml"], env=self.environment, check=True, timeout=60)

    def start(self, name):
        return Terminal([os.path.join(programs, name)], self.environment)

    def ends_on_sigterm(self, program):
        program.wait_for_handler(signal.SIGTERM)
        program.process.send_signal(signal.SIGTERM)
        self.assertEqual(program.finish(), 0, program.shown)

    def test_hello(self):
        program = self.start("hello")
        # Two threads print, piece by piece: the lines may stand in each other, in any order.
        program.read_until(rf"(?s)accepted .*{ID}.* by .*local.*\n", 30)
        program.read_until(rf'(?s){ID}.* .*{{"orderId":"12345","status":"pending"}}.*\n', 30)
        self.ends_on_sigterm(program)

    def test_orders_typed(self):
        program = self.start("orders_typed")
        program.read_until(f"accepted {ID}\n", 30)
        program.read_until(f"charged 99.99 for order 12345, once for {ID}\n", 30)
        self.ends_on_sigterm(program)

    def test_pull(self):
        program = self.start("pull")
        self.assertEqual(program.finish(), 0, program.shown)
        packed = [f'packed {{"orderId":"{number}","status":"pending"}}' for number in (1, 2, 3)]
        self.assertEqual(program.shown.splitlines(), packed)

    def test_settle_later(self):
        program = self.start("settle_later")
        self.assertEqual(program.finish(), 0, program.shown)
        shipped = [f'shipped {{"orderId":"{number}","status":"pending"}}' for number in (1, 2, 3)]
        self.assertEqual(sorted(program.shown.splitlines()), shipped)
        # All three were settled: a second run of the group gets none of them.
        again = self.start("settle_later")
        self.assertEqual(again.finish(), 0, again.shown)
        self.assertEqual(sorted(again.shown.splitlines()), shipped)


if __name__ == "__main__":
    ductape, programs, example = sys.argv[1:]
    unittest.main(argv=[sys.argv[0], f"Examples.test_{example}"])
