#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Publishers and consumers on one store, killed at random and at crash points, frozen, with handlers that fail at
random and dead letters that are sent back meanwhile, and a ledger at the end.

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
import json
import math
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENT = "ledger:entries"
GROUPS = ("one", "two")
ATTEMPTS = 3
STORE = f"""
product: chaos
brokers:
  - tag: ledger
    envs: [ {{ slug: dev, type: LOCAL }} ]
    topics:
      - tag: entries
        ordered: true
        policy: {{ max_attempts: {ATTEMPTS}, backoff: {{ min: 50ms, max: 400ms }} }}
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
    # Of a redrive, which settles with a move.
    "redrive": {"local.settle.before_commit": 3, "local.settle.after_commit": 3},
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
    "failing": (0, 5, 20),
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


class Redriver(threading.Thread):
    """Sends a group's dead letters back, again and again, and is killed meanwhile. Keeps every list of them."""

    def __init__(self, run, group, seed):
        super().__init__(daemon=True)
        self.run_, self.group = run, group
        self.random = random.Random(seed)
        self.over = threading.Event()
        self.lists = []
        self.redriven = self.kills = 0
        self.failure = None

    def run(self):
        try:
            while not self.over.wait(self.random.uniform(0.5, 3)):
                self.once(self.random.random() < 0.4)
        except (Failed, OSError, ValueError, subprocess.SubprocessError) as failure:
            self.failure = failure

    def command(self, *words, fault=""):
        command = [self.run_.args.ductape, "--json", "dead-letters", words[0], EVENT, "--group", self.group, *words[1:]]
        environment = dict(self.run_.environment, DUCTAPE_FAULT=fault) if fault else self.run_.environment
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
        # Somebody may be frozen in the middle of a commit; the next time will do.
        if done.returncode in (1, 2) and "UNAVAILABLE" in done.stderr:
            return None
        if done.returncode != 0 and not (fault and done.returncode == -signal.SIGKILL):
            raise Failed(f"dead-letters {' '.join(words)}: exit {done.returncode}: {done.stderr}")
        return done

    def once(self, kill=False):
        listed = self.command("list")
        letters = json.loads(listed.stdout) if listed else []
        if not letters:
            return
        path = self.run_.folder / f"{self.group}.dead{len(self.lists)}"
        path.write_text(json.dumps(letters), encoding="utf-8")
        self.lists.append(path)
        point = self.random.choice(sorted(FAULTS["redrive"]))
        fault = f"{point}:{self.random.randint(1, FAULTS['redrive'][point])}" if kill else ""
        # Those of the list only, as the ledger knows them; one by one, so that there is something to cut.
        ids = [word for letter in letters for word in ("--id", letter["id"])]
        done = self.command("redrive", "--rate", "1000", *ids, fault=fault)
        if done and done.returncode != 0:
            self.kills += 1

    def early(self, failures):
        """Ids of dead letters of which fewer failed attempts are known than they should have had."""
        for path in self.lists:
            for letter in json.loads(path.read_text(encoding="utf-8")):
                if letter["reason"] == "max_attempts" and failures[letter["id"]] < ATTEMPTS:
                    yield letter["id"]


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
        self.frozen = {}  # pid: when it is thawed
        self.freezes = 0
        self.redrivers = {group: Redriver(self, group, seed) for group in GROUPS}
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
            command += [self.args.failing]
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

    def freeze_one(self, now):
        """For longer than its lease, so that another takes over what it had."""
        consumers = [child for child in self.children.values() if child.role == "consumer"]
        child = self.random.choice(sorted(consumers, key=lambda child: child.slot))
        if child.process.pid in self.frozen:
            return
        child.process.send_signal(signal.SIGSTOP)
        self.frozen[child.process.pid] = (child, now + 3 * self.args.lease / 1000)
        self.freezes += 1

    def thaw(self, now):
        for pid, (child, when) in list(self.frozen.items()):
            if now >= when or child.killed:
                child.process.send_signal(signal.SIGCONT)
                del self.frozen[pid]

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
        for redriver in self.redrivers.values():
            redriver.start()
        next_kill = time.monotonic() + 2 * self.args.interval
        next_word = time.monotonic() + 10
        while self.kills.total() < self.args.kills:
            self.reap()
            now = time.monotonic()
            self.thaw(now)
            if now >= next_kill:
                if self.random.random() < self.args.freeze:
                    self.freeze_one(now)
                else:
                    self.kill_one()
                next_kill = now + self.random.uniform(0.2, 1.8) * self.args.interval
            if now >= next_word:
                self.progress("killing")
                next_word = now + 10
            time.sleep(TICK)

    def drain(self):
        self.armed = False
        self.thaw(math.inf)
        self.stop("publisher", 40)
        for redriver in self.redrivers.values():
            redriver.over.set()
            redriver.join(120)
            if redriver.failure:
                raise Failed(str(redriver.failure))
        self.progress("drain")
        least, end, next_word = math.inf, math.inf, time.monotonic() + 10
        while left := sum(self.missing().values()):
            self.reap()
            now = time.monotonic()
            if left < least:
                least, end = left, now + self.args.patience
            if now > end:
                say(f"  nothing came for {self.args.patience} s, still missing: {self.missing()}")
                break
            if now >= next_word:
                self.progress("drain")
                next_word = now + 10
            for redriver in self.redrivers.values():
                redriver.once()
            time.sleep(0.2)
            self.read_logs()
        self.stop("consumer", 40)

    def check(self):
        """The exit status of the checker, which sees nothing but the logs."""
        command = [sys.executable, "-B", str(ROOT / "tools" / "ledger.py"), "--require-duplicates", "--published"]
        command += [str(path) for path in sorted((self.folder / "published").iterdir())]
        for group in GROUPS:
            command += ["--group", f"{group}={self.folder / group}.log"]
            for path in self.redrivers[group].lists:
                command += ["--redriven", f"{group}={path}"]
        return subprocess.run(command, check=False).returncode

    def check_attempts(self):
        """A message may be tried more often than its policy says; it never goes to the dead letters earlier."""
        failed = 0
        for group, redriver in self.redrivers.items():
            lines = (self.folder / f"{group}.log.failed").read_text(encoding="utf-8").splitlines()
            failures = collections.Counter(line.rstrip() for line in lines)
            failed += len(lines)
            if early := sorted(set(redriver.early(failures))):
                raise Failed(f"group {group}: dead after fewer than {ATTEMPTS} failed attempts: {early[:5]}")
        lists = sum(len(redriver.lists) for redriver in self.redrivers.values())
        kills = sum(redriver.kills for redriver in self.redrivers.values())
        say(f"freezes {self.freezes}, failed attempts {failed:,}, redrives {lists}, of which killed {kills}")

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
        self.check_attempts()
        points = [point for role in ("publisher", "consumer") for point in FAULTS[role]]
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
    parser.add_argument("--patience", type=int, default=60, help="seconds without a delivery after which the groups are given up")
    parser.add_argument("--failing", type=int, default=10, help="percent of the handlers that fail")
    parser.add_argument("--freeze", type=float, default=0.2, help="share of the random kills that are freezes instead")
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
