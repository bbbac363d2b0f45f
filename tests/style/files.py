# SPDX-License-Identifier: Apache-2.0
"""What every file of the project keeps to: licence line, words, length. Run from anywhere.

Prints file:line and the rule; exits 1 if there is a violation.
"""
import pathlib
import re
import subprocess
import sys

LICENCE = "SPDX-License-Identifier: Apache-2.0"
LICENSED = {".h", ".hpp", ".cc", ".py", ".cmake", ".sh"}
LICENSED_NAMES = {"CMakeLists.txt", "Makefile"}
# Spelt in pieces, so that this file passes.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE = re.compile(r"(?<![\w./])/(" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+")) + r")(/|\b)")
CODE = {".h", ".hpp", ".cc"}
LINES = 400
# Inputs, byte for byte.
CORPUS = "tests/fuzz/corpus/"
# Longer than that needs a reason.
LONG = {}


def needs_licence(path, text):
    return path.suffix in LICENSED or path.name in LICENSED_NAMES or text.startswith("#!")


def check(path, text):
    """The violations in one text file, as `path:line: rule`."""
    if path.as_posix().startswith(CORPUS):
        return
    lines = text.split("\n")
    if needs_licence(path, text):
        first = 1 if text.startswith("#!") else 0
        if len(lines) <= first or LICENCE not in lines[first]:
            yield f"{path}:{first + 1}: must read {LICENCE}"
    if path.suffix in CODE and len(lines) > LINES and path.as_posix() not in LONG:
        yield f"{path}:{LINES}: {len(lines)} lines; over {LINES} needs a reason in tests/style/files.py"
    if text and not text.endswith("\n"):
        yield f"{path}:{len(lines)}: the last line has no end"
    for number, line in enumerate(lines, 1):
        if match := UNFINISHED.search(line):
            yield f"{path}:{number}: {match.group()}: finish it, or open an issue"
        if path.name != "LICENSE" and (match := MACHINE.search(line)):
            yield f"{path}:{number}: {match.group()}: a path of one machine"


def tracked(root):
    """The project's files: what git knows or would add; in an unpacked archive everything but build/."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return [pathlib.Path(name) for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    below = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return [path for path in below if path.parts[0] not in ("build", ".git")]


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    found, count = [], 0
    for path in sorted(tracked(root)):
        data = (root / path).read_bytes()
        if b"\0" in data[:8192]:
            continue
        count += 1
        found += check(path, data.decode("utf-8", errors="replace"))
    print("\n".join(found + [f"files: {count} files, {len(found)} violations"]))
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())
