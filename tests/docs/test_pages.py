# SPDX-License-Identifier: Apache-2.0
"""README.md and docs/*.md do what they say: their shell lines with their files, and their C++ programs."""

import json
import os
import re
import signal
import subprocess
import unittest

import pages
from program import PATIENCE, PROGRAM, ProgramTest

LANGUAGES = {"cmake", "cpp", "json", "sh", "yaml"}
PROGRAMS = os.environ.get("DUCTAPE_PROGRAMS", os.path.join(pages.ROOT, "build/dev/tests/docs/programs"))


def shell_lines(block):
    """Every call of the program, in order; a backslash joins two lines."""
    return [line for line in block.text.replace("\\\n", " ").splitlines() if line.startswith("ductape ")]


def catches(process, number):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        caught = re.search(r"SigCgt:\s*(\w+)", status.read()).group(1)
    return int(caught, 16) >> (number - 1) & 1


class Pages(ProgramTest):
    def run_line(self, line):
        return subprocess.run(["sh", "-c", f'ductape() {{ "{PROGRAM}" "$@"; }}; {line}'], cwd=self.directory,
                              env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def write_file(self, block):
        """A file's first line is its name."""
        self.write(re.match(r"# ([\w-]+\.yaml)\n", block.text).group(1), block.text)

    def test_a_block_says_what_it_is(self):
        for block in pages.blocks():
            self.assertIn(block.language, LANGUAGES, f"{block.page}:{block.line}")

    def test_shell_lines_do_what_they_say(self):
        """All pages in one store, the README first. A file is there for the lines after it, and JSON is what the line
        before it printed."""
        self.write("password.txt", "hunter2\n")
        shown = {}
        done = None
        for block in pages.blocks():
            if block.language == "yaml":
                self.write_file(block)
            if block.language == "json":
                with self.subTest(page=block.page, line=block.line):
                    self.assertEqual(json.loads(done.stdout or done.stderr), json.loads(block.text))
            for line in shell_lines(block) if block.language == "sh" else ():
                with self.subTest(line, page=block.page):
                    done = self.run_line(line)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    shown.setdefault(" ".join(line.split()[1:4]), done.stdout)
        self.assertIn('{"hello":"world"}', shown["subscribe events:hello --from"])
        self.assertRegex(shown["dead-letters list events:hello"], r"max_attempts +3 .* negative total")
        self.assertEqual(shown["dead-letters redrive events:hello"], "1 redriven\n")
        self.assertIn("+ broker orders\n", shown["apply -f shop.yaml"])
        self.assertRegex(shown["doctor --product shop"], r"group billing of orders:new-orders in dev +0 to do")
        self.assertIn('ductape_published_total{product="demo"', shown["stats --prometheus #"])

    def test_the_readmes_program_runs_until_sigterm(self):
        self.run_program("init", "--product", "shop")
        self.write_file([block for block in pages.blocks() if (block.page, block.language) == ("README.md", "yaml")][-1])
        self.run_program("apply", "-f", "shop.yaml")
        program = subprocess.Popen([os.path.join(PROGRAMS, "README_1")], cwd=self.directory, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.children.append(program)
        done = ("group", "show", "orders:new-orders", "--group", "billing")
        self.wait_until(lambda: self.json_of(*done)["done"] == 1 and catches(program, signal.SIGTERM))
        out, _ = self.terminate(program)
        # Two threads print, piece by piece: the lines may stand in each other.
        self.assertRegex(out, r"(?s)accepted .* by .*local")
        self.assertIn('{"orderId":"12345","status":"pending"}', out)

    def test_every_program_is_run_here(self):
        self.assertEqual([name for name in pages.sources() if name.startswith("programs/")], ["programs/README_1.cc"])


if __name__ == "__main__":
    unittest.main()
