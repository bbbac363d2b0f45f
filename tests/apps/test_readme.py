# SPDX-License-Identifier: Apache-2.0
"""The README's shell lines, as they stand there."""

import os
import re
import subprocess
import unittest

from program import PATIENCE, PROGRAM, ROOT, ProgramTest


def shell_lines():
    """Every call of the program, in the README's order; a backslash joins two lines."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", file.read())
    for line in "".join(blocks).replace("\\\n", " ").splitlines():
        if line.startswith("ductape "):
            yield line


def declarative_file():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return re.search(r"(?ms)^```yaml\n(.*?)^```", file.read()).group(1)


class Readme(ProgramTest):
    def test_its_shell_lines_do_what_they_say(self):
        shown = {}
        self.write("shop.yaml", declarative_file())
        self.write("password.txt", "hunter2\n")
        for line in shell_lines():
            with self.subTest(line):
                done = subprocess.run(["sh", "-c", f'ductape() {{ "{PROGRAM}" "$@"; }}; {line}'], cwd=self.directory,
                                      env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                shown[" ".join(line.split()[1:4])] = done.stdout
        self.assertIn('{"hello":"world"}', shown["subscribe events:hello --from"])
        self.assertRegex(shown["dead-letters list events:hello"], r"max_attempts +3 .* negative total")
        self.assertEqual(shown["dead-letters redrive events:hello"], "1 redriven\n")
        self.assertIn("+ broker orders\n", shown["apply -f shop.yaml"])
        self.assertRegex(shown["doctor --product shop"], r"group billing of orders:new-orders in dev +0 to do")
        self.assertIn('ductape_published_total{product="demo"', shown["stats --prometheus #"])


if __name__ == "__main__":
    unittest.main()
