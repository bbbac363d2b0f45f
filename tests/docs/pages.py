# SPDX-License-Identifier: Apache-2.0
"""The code in README.md and docs/*.md. As a program it writes the C++ among it for a compiler: pages.py DIRECTORY

A block with `int main(` is a program: DIRECTORY/programs/PAGE_N.cc. All others of a page are one source,
DIRECTORY/fragments/PAGE.cc: a block with a namespace stands there as it is, any other is the body of a function that has a
`client`. The compiler names the page and its line.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
HEAD = "#include <ductape/ductape.hpp>\n#include <fstream>\n#include <iostream>\n\nusing namespace std::chrono_literals;\n"

# `line` is the first of `text` in the page.
Block = collections.namedtuple("Block", "page line language text")


def blocks():
    """Every block, the README's first, then page by page."""
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]:
        page = path.read_text(encoding="utf-8")
        for match in FENCED.finditer(page):
            line = page.count("\n", 0, match.start(2)) + 1
            yield Block(path.relative_to(ROOT).as_posix(), line, *match.groups())


def sources():
    """{name below DIRECTORY: text}"""
    written = collections.defaultdict(str)
    programs = collections.Counter()
    for block in blocks():
        if block.language != "cpp":
            continue
        page = pathlib.Path(block.page).stem
        code = f'#line {block.line} "{block.page}"\n{block.text}'
        if "int main(" in block.text:
            programs[page] += 1
            written[f"programs/{page}_{programs[page]}.cc"] = code
            continue
        if not re.search(r"^namespace ", block.text, re.M):
            code = f"void line_{block.line}([[maybe_unused]] ductape::Client& client) {{\n{code}}}\n"
        name = f"fragments/{page.replace('-', '_')}.cc"
        written[name] = (written[name] or HEAD) + "\n" + code
    return written


def write(directory):
    """What did not change is not touched, so that it is not compiled again; what is no longer there goes."""
    wanted = {directory / name: text for name, text in sources().items()}
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in directory.glob("*/*.cc"):
        if path not in wanted:
            path.unlink()


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
