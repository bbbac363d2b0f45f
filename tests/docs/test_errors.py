# SPDX-License-Identifier: Apache-2.0
"""docs/errors.md has each code, each documented name and each reason of a dead letter, as the code has them."""

import re
import unittest

from pages import ROOT

# In capitals, and no name of an error: environment variables, types of brokers, bash's words.
OTHERS = re.compile(r"(DUCTAPE|XDG|COMP)_\w+|NO_COLOR|AWS_SQS|GOOGLE_PUBSUB")


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def table(heading):
    """The rows of the first table below a heading of the page, each a list of its cells, without head and backquotes."""
    section = read("docs/errors.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row.split("|")[1:-1]] for row in rows[2:]]


def exits():
    """{code: the exit statuses that it may lead to}"""
    numbers = dict(re.findall(r"^  (\w+) = (\d)", read("apps/ductape/exit_code.h"), re.M))
    found = {}
    cases = re.findall(r"((?:\s+case Errc::\w+:)+)\s+return (.*?);", read("apps/ductape/exit_code.cc"))
    for labels, answer in cases:
        statuses = {numbers[word] for word in re.findall(r"\w+", answer.split("?")[-1])}
        found.update({code: statuses for code in re.findall(r"Errc::(\w+)", labels)})
    return found


def names():
    """Every word in capitals that the code has as a text, the codes' own excepted."""
    folders = ("include", "src", "providers", "apps", "tests/conformance")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.[ch]*") if not path.stem.endswith("_test")]
    words = {word for path in files for word in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', path.read_text(encoding="utf-8"))}
    codes = re.findall(r'Row{"\w+", "(\w+)"', read("src/model/error.cc"))
    return {word for word in words if not OTHERS.fullmatch(word)} - set(codes)


class Errors(unittest.TestCase):
    def test_each_code(self):
        retryable = dict(re.findall(r'Row{"(\w+)", "\w+", (\w+)}', read("src/model/error.cc")))
        body = re.search(r"enum class Errc.*?\n};", read("include/ductape/error.hpp"), re.S).group()
        codes = re.findall(r"^  (\w+),\s+///< (.*)$", body.replace("`", ""), re.M)
        self.assertGreater(len(codes), 15)
        status = exits()
        again = {"true": "yes", "false": "no"}
        rows = table("Codes")
        self.assertEqual([(*row[:3], set(re.findall(r"\d", row[3]))) for row in rows],
                         [(code, meaning, again[retryable[code]], status[code]) for code, meaning in codes])
        self.assertTrue(all(row[4] for row in rows))

    def test_each_documented_name(self):
        self.assertEqual({row[0] for row in table("Names")}, names())

    def test_each_reason_of_a_dead_letter(self):
        comment = re.search(r"/// (.*)\n  std::string reason", read("include/ductape/dead_letters.hpp")).group(1)
        self.assertEqual([row[0] for row in table("Dead letters")], re.findall(r'"(\w+)"', comment))


if __name__ == "__main__":
    unittest.main()
