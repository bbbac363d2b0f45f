#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Throughput and latency of the embedded broker beside plain SQLite, in one table. README.md tells the method.

    benchmarks/throughput.py [--check] [--pairs N] [--only ROW]
"""
import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

BUILT = pathlib.Path(__file__).resolve().parent.parent / "build/bench/benchmarks"
OURS = BUILT / "local/local_throughput"
TWIN = BUILT / "native/sqlite_twin"
RATIO_AIM, RATIO_LEAST = 0.95, 0.85
IDLE_BUDGET_MS = 50


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    arguments: tuple
    rate: int  # messages a second at least; None where it is the disk's, not ours
    longest_ms: float = None  # the longest single call at most


ROWS = (
    Row("publish, batches of 64", ("publish", "--messages", "100000"), 200_000),
    Row("publish -> handler -> ack", ("end-to-end", "--messages", "100000"), 100_000),
    Row("one by one, 4 processes", ("one-by-one", "--messages", "20000", "--under-way", "16"), 10_000, 250),
    Row("each awaited, 4 processes", ("one-by-one", "--messages", "10000", "--under-way", "1"), None, 250),
)


def run(program, arguments):
    """One run in a directory of its own; its line."""
    directory = tempfile.mkdtemp(prefix="ductape-bench-")
    try:
        mode, *rest = arguments
        done = subprocess.run([program, mode, directory, *rest], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            sys.exit(f"{program.name} {' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def quarter(values):
    """The values a quarter from either end: what noise explains lies between."""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return low, high


def verdict(values, budget, at_least):
    """"met" by the median, "noise" if at least a quarter of the runs met it, else "MISSED"."""
    low, high = quarter(values)
    middle = statistics.median(values)
    if (middle >= budget) if at_least else (middle <= budget):
        return "met"
    return "noise" if (high >= budget if at_least else low <= budget) else "MISSED"


def thousands(rate):
    return f"{rate / 1000:.1f} k/s"


def time(us):
    return f"{us / 1000:.1f} ms" if us >= 1000 else f"{us:.0f} us"


def spread(values, form):
    return f"{form(statistics.median(values))} ({form(min(values))}..{form(max(values))})"


def ratio_verdict(ratio, aim=RATIO_AIM):
    return "met" if ratio >= aim else "noise" if ratio >= RATIO_LEAST else "MISSED"


def measure_row(row, pairs):
    """Interleaved, so that both sides have the same good and bad seconds. The lines of the table and the verdicts."""
    ours, twin, bare = [], [], []
    for _ in range(pairs):
        ours.append(run(OURS, row.arguments))
        twin.append(run(TWIN, row.arguments))
        bare.append(run(TWIN, (*row.arguments, "--payload-only")))
    rates = [one["rate"] for one in ours]
    ratios = [one["rate"] / other["rate"] for one, other in zip(ours, twin)]
    against_bare = statistics.median(one["rate"] / other["rate"] for one, other in zip(ours, bare))
    lines, verdicts = [], []

    def line(what, value, budget="", said=""):
        lines.append((row.name if not lines else "", what, value, budget, said))
        if said:
            verdicts.append(said)

    if row.rate is None:
        line("rate", spread(rates, thousands))
    else:
        line("rate", spread(rates, thousands), f">= {thousands(row.rate)}", verdict(rates, row.rate, True))
    line("twin's rate", spread([one["rate"] for one in twin], thousands))
    line("ratio", spread(ratios, "{:.2f}".format), f">= {RATIO_AIM}, fails < {RATIO_LEAST}",
         ratio_verdict(statistics.median(ratios)))
    line("ratio to payload only", f"{against_bare:.2f}")
    longest = [one["max_us"] / 1000 for one in ours]
    percentiles = ", ".join(time(statistics.median(one[key] for one in ours)) for key in ("p50_us", "p99_us", "max_us"))
    if row.longest_ms is None:
        line("p50, p99, longest", percentiles)
    else:
        line("p50, p99, longest", percentiles, f"longest <= {row.longest_ms:.0f} ms",
             verdict(longest, row.longest_ms, False))
    line("twin's", ", ".join(time(statistics.median(one[key] for one in twin)) for key in ("p50_us", "p99_us", "max_us")))
    return lines, verdicts


def measure_idle():
    used = run(OURS, ("idle", "--processes", "20"))["cpu_ms"]
    said = "met" if used <= IDLE_BUDGET_MS else "MISSED"
    return [("20 idle subscribers, 10 s", "processor time", f"{used:.0f} ms", f"<= {IDLE_BUDGET_MS} ms", said)], [said]


def show(lines):
    table = [("what", "", "median (least..most)", "budget", ""), *lines]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip(), flush=True)


def measure(check: bool, pairs: int = 7, only: str = "") -> bool:
    """Prints the table. False if `check` and a budget was missed, or a ratio is below its least."""
    if missing := [str(program) for program in (OURS, TWIN) if not os.access(program, os.X_OK)]:
        sys.exit(f"not built: {', '.join(missing)}; run tools/build bench")
    lines, verdicts = [], []
    for row in ROWS:
        if only in row.arguments[0]:
            more, said = measure_row(row, pairs)
            lines += more
            verdicts += said
    if only in "idle":
        more, said = measure_idle()
        lines += more
        verdicts += said
    show(lines)
    return not (check and "MISSED" in verdicts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="exit 1 if a budget is missed by more than noise")
    parser.add_argument("--pairs", type=int, default=7, help="interleaved pairs a row (default 7)")
    parser.add_argument("--only", default="", help="publish, end-to-end, one-by-one or idle")
    arguments = parser.parse_args()
    sys.exit(0 if measure(arguments.check, arguments.pairs, arguments.only) else 1)


if __name__ == "__main__":
    main()
