# SPDX-License-Identifier: Apache-2.0
"""Plants each kind of violation and expects it at its line."""
import pathlib
import unittest

import files

LICENCE = "// " + files.LICENCE + "\n"


class Files(unittest.TestCase):
    def check(self, path, text):
        return list(files.check(pathlib.Path(path), text))

    def refused(self, path, text, line):
        found = self.check(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: "), found)

    def test_licence(self):
        self.assertEqual(self.check("src/a.cc", LICENCE), [])
        self.refused("src/a.cc", "int a;\n", 1)
        self.refused("src/a.cc", "\n" + LICENCE, 1)
        self.refused("tools/run", "#!/bin/sh\necho\n", 2)
        self.assertEqual(self.check("tools/run", f"#!/bin/sh\n# {files.LICENCE}\n"), [])
        self.assertEqual(self.check("docs/a.md", "words\n"), [])

    def test_unfinished(self):
        self.refused("docs/a.md", "fine\nTO" + "DO later\n", 2)
        self.assertEqual(self.check("docs/a.md", "mastodon\n"), [])

    def test_machine_path(self):
        self.refused("docs/a.md", "see /wo" + "rk/x\n", 1)
        self.refused("docs/a.md", "cd /ho" + "me/ann\n", 1)
        self.assertEqual(self.check("docs/a.md", "docs/work/a and network/work and /var/lib\n"), [])

    def test_corpus(self):
        self.assertEqual(self.check(files.CORPUS + "event/x.py", "TO" + "DO"), [])
        self.refused("tests/fuzz/x.txt", "no end", 1)

    def test_length(self):
        self.assertEqual(self.check("src/a.cc", LICENCE + "\n" * (files.LINES - 2)), [])
        self.refused("src/a.cc", LICENCE + "\n" * files.LINES, files.LINES)

    def test_last_line(self):
        self.refused("docs/a.md", "no end", 1)


if __name__ == "__main__":
    unittest.main()
