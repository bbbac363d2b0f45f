#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Publishers and consumers on one store, killed at random and at crash points, with a ledger at the end.

  tests/chaos/ledger_run.py --programs build/dev/tests/chaos --ductape build/dev/bin/ductape --kills 100

Processes are killed with SIGKILL, by this script at random or by themselves at a crash point (DUCTAPE_FAULT, which the
dev and tsan presets have), and started again. After the last kill the publishers stop, the groups get the time to
finish, and tools/ledger.py compares the logs. The order of kills follows from --seed; the processes' own timing
does not.

Exit status: 0 all well; 1 the ledger does not balance, a process failed by itself, or a crash point was never hit.
"""
import argparse
import collections
import ctypes
import dataclasses
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENT = "ledger:entries"
GROUPS = ("one", "two")
STORE = f"""
product: chaos
brokers:
  - tag: ledger
    envs: [ {{ slug: dev, type: LOCAL }} ]
    topics:
      - tag: entries
        ordered: true
        groups: [ {", ".join(f"{{ name: {group} }}" for group in GROUPS)} ]
"""
# A process with one of these ends at its n-th passage; n is drawn up to the number here.
FAULTS = {
    "publisher": {
        "publish.accepted_not_completed": 200,
        "local.publish.before_commit": 20,
        "local.publish.after_commit": 20,
    },
    "consumer": {
        "subscribe.handled_not_settled": 200,
        "local.claim.before_commit": 50,
        "local.claim.after_commit": 50,
        "local.settle.before_commit": 50,
        "local.settle.after_commit": 50,
    },
}
# What --vary draws from.
VARIED = {
    "publishers": (1, 2, 4),
    "consumers": (1, 2, 4),
    "keys": (3, 50, 1000),
    "rate": (50, 200, 600),
    "lease": (500, 2000, 5000),
    "handler_us": (100, 2000, 8000),
    "interval": (0.3, 0.8, 1.5),
}
TICK = 0.02
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """The run has shown a defect, or could not be done."""


def before_exec():
    PR_SET_PDEATHSIG = 1
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # One that has only just started is to end in good order too: SIGTERM waits until the program asks for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


@dataclasses.dataclass
class Child:
    """One process of a slot; a slot has one at a time."""

    role: str
    slot: str
    process: subprocess.Popen
    errors: pathlib.Path
    fault: str = ""  # the crash point that it is started with
    killed: bool = False  # by us


class Tail:
    """The ids in a log that grows."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.ids = set()
        self.lines = 0

    def read(self):
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.splitlines():
            self.ids.add(line.split(b"\t", 1)[0])
            self.lines += 1


class Run:
    """One store, its processes and their logs."""

    def __init__(self, args, folder, seed):
        self.args = args
        self.folder = folder
        self.random = random.Random(seed)
        self.environment = dict(os.environ, DUCTAPE_STORE=f"sqlite:{folder}/store", DUCTAPE_PRODUCT="chaos", DUCTAPE_ENV="dev")
        self.environment.pop("DUCTAPE_FAULT", None)
        self.children = {}
        self.starts = collections.Counter()
        self.kills = collections.Counter()  # "random" and the names of crash points
        self.armed = True
        self.published = {}
        self.delivered = {group: Tail(folder / f"{group}.log") for group in GROUPS}
        (folder / "published").mkdir()
        for tail in self.delivered.values():
            tail.path.touch()

    # Processes

    def prepare(self):
        (self.folder / "chaos.yaml").write_text(STORE, encoding="utf-8")
        command = [self.args.ductape, "apply", "-f", str(self.folder / "chaos.yaml")]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failed(f"ductape apply: exit {done.returncode}: {done.stderr}")

    def slots(self):
        for number in range(self.args.publishers):
            yield "publisher", f"p{number + 1}"
        for group in GROUPS:
            for number in range(self.args.consumers):
                yield "consumer", f"{group}-{number + 1}"

    def next_fault(self, role):
        """Half of the processes are started with a crash point, that which was hit least first."""
        if not self.armed or self.random.random() < 0.5:
            return ""
        point = min(FAULTS[role], key=lambda name: (self.kills[name], self.random.random()))
        return f"{point}:{self.random.randint(1, FAULTS[role][point])}"

    def start(self, role, slot):
        self.starts[slot] += 1
        name = f"{slot}.{self.starts[slot]}"
        if role == "publisher":
            # A new process is a new publisher: its log and the names of its messages are its own.
            log = self.folder / "published" / f"{name}.log"
            log.touch()
            self.published[name] = Tail(log)
            command = ["chaos_publisher", EVENT, log, name, self.args.keys, self.args.rate]
        else:
            group = slot.split("-")[0]
            command = ["chaos_consumer", EVENT, group, self.folder / f"{group}.log", self.args.lease, self.args.handler_us]
            command += ["ack-first"] * self.args.break_rule
        fault = self.next_fault(role)
        environment = dict(self.environment, DUCTAPE_FAULT=fault) if fault else self.environment
        errors = self.folder / f"{name}.err"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [os.fspath(pathlib.Path(self.args.programs) / command[0]), *map(str, command[1:])],
                env=environment,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                preexec_fn=before_exec,
            )
        self.children[slot] = Child(role, slot, process, errors, fault)

    def reap(self, expected=False):
        """Counts who was killed and starts it again; who ended otherwise has failed, unless that is `expected`."""
        for slot, child in list(self.children.items()):
            status = child.process.poll()
            if status is None:
                continue
            if status == -signal.SIGKILL and (child.killed or child.fault):
                self.kills["random" if child.killed else child.fault.split(":")[0]] += 1
            elif not (expected and status == 0):
                text = child.errors.read_text(encoding="utf-8", errors="replace")[-4000:]
                raise Failed(f"{slot} ended by itself with status {status}:\n{text}")
            child.errors.unlink()
            del self.children[slot]
            if not expected:
                self.start(child.role, slot)

    def kill_one(self):
        child = self.children[self.random.choice(sorted(self.children))]
        child.killed = True
        child.process.send_signal(signal.SIGKILL)

    def stop(self, role, patience):
        """SIGTERM; who dies of a crash point meanwhile has died of a kill."""
        rest = {slot: child for slot, child in self.children.items() if child.role != role}
        self.children = {slot: child for slot, child in self.children.items() if child.role == role}
        for child in self.children.values():
            child.process.terminate()
        end = time.monotonic() + patience
        while self.children:
            self.reap(expected=True)
            if time.monotonic() > end:
                raise Failed(f"{', '.join(self.children)}: SIGTERM was {patience} s ago")
            time.sleep(TICK)
        self.children = rest

    def kill_all(self):
        for child in self.children.values():
            child.process.kill()
            child.process.wait()

    # What the logs say

    def read_logs(self):
        for tail in (*self.published.values(), *self.delivered.values()):
            tail.read()

    def missing(self):
        everything = set().union(*(tail.ids for tail in self.published.values()))
        return {group: len(everything - tail.ids) for group, tail in self.delivered.items()}

    def progress(self, what):
        self.read_logs()
        count = sum(tail.lines for tail in self.published.values())
        groups = ", ".join(f"{group} {len(tail.ids):,}" for group, tail in self.delivered.items())
        say(f"  {what}: kills {self.kills.total()} ({self.kills['random']} random), published {count:,}, delivered {groups}")

    # The run

    def kill(self):
        for role, slot in self.slots():
            self.start(role, slot)
        next_kill = time.monotonic() + 2 * self.args.interval
        next_word = time.monotonic() + 10
        while self.kills.total() < self.args.kills:
            self.reap()
            now = time.monotonic()
            if now >= next_kill:
                self.kill_one()
                next_kill = now + self.random.uniform(0.2, 1.8) * self.args.interval
            if now >= next_word:
                self.progress("killing")
                next_word = now + 10
            time.sleep(TICK)

    def drain(self):
        self.armed = False
        self.stop("publisher", 40)
        self.progress("drain")
        end = time.monotonic() + self.args.patience
        while any(self.missing().values()):
            self.reap()
            if time.monotonic() > end:
                say(f"  after {self.args.patience} s still missing: {self.missing()}")
                break
            time.sleep(0.2)
            self.read_logs()
        self.stop("consumer", 40)

    def check(self):
        """The exit status of the checker, which sees nothing but the logs."""
        command = [sys.executable, "-B", str(ROOT / "tools" / "ledger.py"), "--require-duplicates", "--published"]
        command += [str(path) for path in sorted((self.folder / "published").iterdir())]
        for group in GROUPS:
            command += ["--group", f"{group}={self.folder / group}.log"]
        return subprocess.run(command, check=False).returncode

    def whole(self):
        started = time.monotonic()
        self.prepare()
        try:
            self.kill()
            self.drain()
        finally:
            self.kill_all()
        took = time.monotonic() - started
        status = self.check()
        delivered = sum(tail.lines for tail in self.delivered.values())
        say(
            f"kills {self.kills.total()}: "
            + ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
            + f"; {took:.0f} s, {delivered / took:,.0f} deliveries a second"
        )
        if self.args.break_rule:
            if status != 1 or not any(self.missing().values()):
                raise Failed("the handlers acknowledged first, were killed, and the ledger saw no loss")
            return
        if status != 0:
            raise Failed(f"the ledger ended with status {status}")
        points = [point for role in FAULTS.values() for point in role]
        never = [point for point in points if not self.kills[point]]
        if never and self.args.kills >= 10 * len(points):
            raise Failed(f"crash points that no process hit: {', '.join(never)}")


def say(text):
    print(text, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="directory of chaos_publisher and chaos_consumer")
    parser.add_argument("--ductape", required=True, help="the command line program")
    parser.add_argument("--kills", type=int, default=100, help="in each round")
    parser.add_argument("--rounds", type=int, default=1, help="each with a store and a ledger of its own")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--publishers", type=int, default=3)
    parser.add_argument("--consumers", type=int, default=2, help="in each of the two groups")
    parser.add_argument("--keys", type=int, default=50)
    parser.add_argument("--rate", type=int, default=200, help="messages a second of each publisher")
    parser.add_argument("--lease", type=int, default=2000, help="in ms: how soon a killed consumer is replaced")
    parser.add_argument("--handler-us", type=int, default=2000, help="longest time of a handler")
    parser.add_argument("--interval", type=float, default=0.8, help="seconds between two random kills, on average")
    parser.add_argument("--patience", type=int, default=60, help="seconds for the groups to finish after the last kill")
    parser.add_argument("--break-rule", action="store_true", help="handlers append after the ack; well if the ledger sees it")
    parser.add_argument("--vary", action="store_true", help="each round draws its own numbers, from the seed")
    parser.add_argument("--keep", help="keep the store and the logs in this directory, which must not exist")
    return parser.parse_args()


def main():
    args = arguments()
    # Who asks us to stop gets the children stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1_000_000)
    for number in range(args.rounds):
        say(f"round {number + 1} of {args.rounds}, --seed {seed + number}")
        if args.vary:
            draw = random.Random(seed + number)
            varied = {name: draw.choice(choices) for name, choices in VARIED.items()}
            args = argparse.Namespace(**{**vars(args), **varied})
            say("  " + ", ".join(f"{name} {value}" for name, value in varied.items()))
        folder = pathlib.Path(args.keep or tempfile.mkdtemp(prefix="ductape-chaos."))
        folder /= f"round{number + 1}"
        folder.mkdir(parents=True)
        try:
            Run(args, folder, seed + number).whole()
        except Failed as failure:
            say(f"FAILED, logs and store are in {folder}: {failure}")
            return 1
        if not args.keep:
            shutil.rmtree(folder.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
