# SPDX-License-Identifier: Apache-2.0
"""Instructions per message of the pipeline over a null driver, counted by callgrind: the same on every run and every
load, so that a change of 2 % is a change of the code."""

import json
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bench" / "benchmarks" / "pipeline" / "pipeline"
BASELINE = ROOT / "benchmarks" / "baseline.json"
TOLERANCE = 0.02
MESSAGES = 8192
# Row, (what, body), what the caller does that is not ours, budget in ns.
ROWS = (
    ("publish, bytes", ("publish", "bytes"), ("prepare", "bytes"), 400),
    ("publish, schema check", ("publish", "schema"), ("prepare", "bytes"), 800),
    ("consume to handler", ("consume", "bytes"), None, 400),
)


def count(part):
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", "--toggle-collect=measured", f"--callgrind-out-file={out.name}"]
        done = subprocess.run([*command, PROGRAM, *part, str(MESSAGES)], capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected:
        raise SystemExit(f"benchmarks: callgrind over {PROGRAM.name} {' '.join(part)} failed:\n{done.stderr}")
    return int(collected[1]) / MESSAGES


def nanoseconds():
    """The best of 25 of each part, in turn: what disturbs only adds, and a machine has slow spells of seconds."""
    parts = {part for _, of, less, _ in ROWS for part in (of, less) if part}
    best = dict.fromkeys(parts, float("inf"))
    for _ in range(25):
        for part in parts:
            run = subprocess.run([PROGRAM, *part, "200000", "clock"], capture_output=True, text=True, check=True)
            best[part] = min(best[part], json.loads(run.stdout)["ns"])
    return best


def net(measure, of, less):
    return measure(of) - (measure(less) if less else 0)


def keep():
    figures = {name: round(net(count, of, less)) for name, of, less, _ in ROWS}
    BASELINE.write_text(json.dumps({"instructions per message": figures}, indent=2) + "\n", encoding="utf-8")
    print(f"kept in {BASELINE.relative_to(ROOT)}: {figures}")
    return 0


def measure(check):
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))["instructions per message"]
    good = True
    best = {} if check else nanoseconds()
    print(f"\n{'pipeline over a null driver':<28}{'instructions':>13}{'baseline':>10}{'change':>9}" + ("" if check else f"{'ns':>8}{'budget':>8}"))
    for name, of, less, budget in ROWS:
        found = net(count, of, less)
        change = found / baseline[name] - 1
        line = f"{name:<28}{found:>13.0f}{baseline[name]:>10}{change:>+9.1%}"
        if not check:
            line += f"{net(best.get, of, less):>8.0f}{budget:>8}"
        elif abs(change) > TOLERANCE:
            good = False
            line += "  differs; if that is meant: benchmarks/run --keep, and say why in the commit"
        print(line, flush=True)
    return good
