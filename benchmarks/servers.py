#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Throughput and latency of the providers with a server beside their native clients. README.md tells the method.

    benchmarks/servers.py [--check] [--pairs N] [--only redis|jetstream|kafka|rabbitmq|core] [--row TEXT]
"""
import argparse
import contextlib
import dataclasses
import os
import statistics
import subprocess
import sys

import throughput
from throughput import BUILT, quarter, ratio_verdict, run, show, spread, thousands, time

SERVER = BUILT / "servers/bench_server"
CEILING_SHARE = 0.8
RESIDENT_MIB = 256


@dataclasses.dataclass(frozen=True)
class Technology:
    name: str
    server: str
    ours: str
    twin: str
    aim: float  # of the twin's rate at least
    flags: tuple = ()

    def run_ours(self, arguments):
        return self._run(self.ours, arguments)

    def run_twin(self, arguments):
        return self._run(self.twin, arguments)

    def _run(self, program, arguments):
        with server(self.server) as port:
            return run(BUILT / program, (*arguments, "--port", port, *self.flags))


@dataclasses.dataclass(frozen=True)
class Row:
    technology: Technology
    name: str
    arguments: tuple
    ceiling: int = 0  # messages a second that the client alone reached with the body alone; 0: not measured


REDIS = Technology("redis", "redis", "redis/redis_throughput", "native/redis_twin", 0.95)
JETSTREAM = Technology("jetstream", "nats", "nats/nats_throughput", "native/nats_twin", 0.95)
CORE = Technology("core", "nats", "nats/nats_throughput", "native/nats_twin", 0.90, ("--core",))
KAFKA = Technology("kafka", "kafka", "kafka/kafka_throughput", "native/kafka_twin", 0.80)
RABBITMQ = Technology("rabbitmq", "rabbitmq", "rabbitmq/rabbitmq_throughput", "native/rabbitmq_twin", 0.95)
RATES = (
    Row(REDIS, "Redis: publish", ("publish", "--messages", "200000"), 316_000),
    Row(REDIS, "Redis: consume", ("consume", "--messages", "200000"), 236_000),
    Row(JETSTREAM, "JetStream: publish", ("publish", "--messages", "100000", "--under-way", "64"), 159_000),
    Row(JETSTREAM, "JetStream: consume", ("consume", "--messages", "100000", "--under-way", "64"), 115_000),
    Row(KAFKA, "Kafka: publish", ("publish", "--messages", "300000", "--under-way", "64")),
    Row(KAFKA, "Kafka: consume", ("consume", "--messages", "300000", "--under-way", "64")),
    Row(RABBITMQ, "RabbitMQ: publish", ("publish", "--messages", "100000", "--under-way", "64")),
    Row(RABBITMQ, "RabbitMQ: consume", ("consume", "--messages", "100000", "--under-way", "64")),
    Row(CORE, "NATS core: publish", ("publish", "--messages", "500000", "--under-way", "64"), 5_900_000),
    Row(CORE, "NATS core: publish -> handler", ("end-to-end", "--messages", "300000", "--under-way", "64"), 1_060_000),
)
PACED = ("paced", "--messages", "1500", "--rate", "500")
LATENCIES = (Row(REDIS, "Redis", PACED), Row(JETSTREAM, "JetStream", PACED), Row(KAFKA, "Kafka", PACED), Row(RABBITMQ, "RabbitMQ", PACED),
             Row(CORE, "NATS core", PACED))
BACKLOG = ("stalled", "--messages", "1000000", "--under-way", "64")
BACKLOGS = (Row(REDIS, "Redis", BACKLOG), Row(JETSTREAM, "JetStream", BACKLOG), Row(KAFKA, "Kafka", BACKLOG), Row(RABBITMQ, "RabbitMQ", BACKLOG))


@contextlib.contextmanager
def server(which):
    """One of this run's own; its port."""
    with subprocess.Popen([SERVER, which], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip()
        if not port:
            sys.exit(f"{SERVER.name} {which} did not start")
        try:
            yield port
        finally:
            process.stdin.close()


def median(runs, key):
    return statistics.median(one[key] for one in runs)


def measure_rates(row, pairs):
    """Interleaved: ours, twin, twin with the body alone, ours and twin lean. The lines of the table and the verdicts."""
    of = row.technology
    ours, twin, bare, lean, lean_twin = [], [], [], [], []
    for _ in range(pairs):
        ours.append(of.run_ours(row.arguments))
        twin.append(of.run_twin(row.arguments))
        bare.append(of.run_twin((*row.arguments, "--payload-only")))
        lean.append(of.run_ours((*row.arguments, "--lean")))
        lean_twin.append(of.run_twin((*row.arguments, "--lean")))

    def ratios(these, others):
        return [one["rate"] / other["rate"] for one, other in zip(these, others)]

    full, lean_ratios = ratios(ours, twin), ratios(lean, lean_twin)
    budget = f">= {of.aim}, fails < {min(of.aim, throughput.RATIO_LEAST)}"
    said = ratio_verdict(statistics.median(full), of.aim)
    lean_said = ratio_verdict(statistics.median(lean_ratios), of.aim)
    bare_rates = [one["rate"] for one in bare]
    enough = max(bare_rates) >= CEILING_SHARE * row.ceiling
    lines = [
        (row.name, "rate", spread([one["rate"] for one in ours], thousands), "", ""),
        ("", "twin's rate", spread([one["rate"] for one in twin], thousands), "", ""),
        ("", "ratio", spread(full, "{:.2f}".format), budget, said),
        ("", "rate, lean", spread([one["rate"] for one in lean], thousands), "", ""),
        ("", "ratio, lean", spread(lean_ratios, "{:.2f}".format), budget, lean_said),
        ("", "ratio to payload only", f"{statistics.median(ratios(ours, bare)):.2f}", "", ""),
        ("", "twin, payload only", spread(bare_rates, thousands),
         f"most >= {CEILING_SHARE * row.ceiling / 1000:.0f} k/s", "met" if enough else "VOID"),
    ]
    return lines, [said, lean_said]


def measure_latency(row, pairs):
    of = row.technology
    ours, twin = [], []
    for _ in range(pairs):
        ours.append(of.run_ours(row.arguments))
        twin.append(of.run_twin(row.arguments))
    ratios = [one["p50_us"] / other["p50_us"] for one, other in zip(ours, twin)]
    middle, (low, _) = statistics.median(ratios), quarter(ratios)
    said = "met" if middle <= 1.15 else "noise" if low <= 1.15 else "MISSED"
    lines = [(f"{row.name}: publish -> handler, 500/s", "p50, p99", f"{time(median(ours, 'p50_us'))}, {time(median(ours, 'p99_us'))}", "", ""),
             ("", "twin's", f"{time(median(twin, 'p50_us'))}, {time(median(twin, 'p99_us'))}", "", ""),
             ("", "ratio of p50", spread(ratios, "{:.2f}".format), "<= 1.15", said)]
    return lines, [said]


def measure_backlog(row, _):
    used = row.technology.run_ours(row.arguments)["most_mib"]
    said = "met" if used <= RESIDENT_MIB else "MISSED"
    return [(f"{row.name}: a million wait, handler stalls", "resident", f"{used:.0f} MiB", f"<= {RESIDENT_MIB} MiB", said)], [said]


def measure(check: bool, pairs: int = 7, only: str = "", part: str = "") -> bool:
    """Prints the table. False if `check` and a budget was missed by more than noise."""
    programs = {BUILT / of for row in RATES for of in (row.technology.ours, row.technology.twin)} | {SERVER}
    if missing := [str(program) for program in sorted(programs) if not os.access(program, os.X_OK)]:
        sys.exit(f"not built: {', '.join(missing)}; run tools/build bench")
    lines, verdicts = [], []
    for take, rows in ((measure_rates, RATES), (measure_latency, LATENCIES), (measure_backlog, BACKLOGS)):
        for row in rows:
            if only in row.technology.name and part in row.arguments[0]:
                more, said = take(row, pairs)
                lines += more
                verdicts += said
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")
    show(lines)
    return not (check and "MISSED" in verdicts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="exit 1 if a budget is missed by more than noise")
    parser.add_argument("--pairs", type=int, default=7, help="interleaved pairs a row (default 7)")
    parser.add_argument("--only", default="", help="redis, jetstream, kafka, rabbitmq or core")
    parser.add_argument("--row", default="", help="publish, consume, end-to-end, paced or stalled")
    arguments = parser.parse_args()
    sys.exit(0 if measure(arguments.check, arguments.pairs, arguments.only, arguments.row) else 1)


if __name__ == "__main__":
    main()
