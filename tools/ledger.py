#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what the publishers say was accepted agree with what the handlers say they saw?

  tools/ledger.py --published p1.log p2.log --group billing=billing.log --group audit=audit.log

It shares no code with the project: it reads nothing but these logs, so that it cannot repeat the project's mistakes.

A publisher's log: one file a publisher, one line a message, appended after its receipt. Either
  ID <tab> KEY <tab> SEQUENCE          the sequence rises with each publish call of this publisher
  {"line":17,"id":"...",...}           a receipt of `ductape publish EVENT - --json`; the line is the sequence
A group's log: one file that all its members append to, one line a delivery, before its ack. One of
  ID <tab> KEY <tab> PUBLISHER <tab> SEQUENCE     the publisher is the name of its log without the suffix
  ID <tab> KEY                         publisher and sequence are then those of the receipt
  {"id":"...","key":"..."|null,...}    a delivery line of `ductape subscribe EVENT --json`; likewise
A last line that has no end was never finished and does not count.
A group's dead letters: the array that `ductape dead-letters list EVENT --group G --json` prints. `--dead` names those that
lie there now; `--redriven` those that lay there and were sent back, which have an order among themselves only, unless a handler had them in their place before.

Per group it tells
  delivered      published messages that a handler saw
  dead           published messages that none did and that are dead letters
  lost           published messages that are neither
  duplicates     deliveries of what was delivered before; allowed
  out of order   first deliveries that come after a later one of the same publisher and key
  altered        deliveries whose key, publisher or sequence is not that of the receipt
  unconfirmed    delivered messages of which no publisher logged a receipt, as a killed one leaves them; allowed

Exit status: 0 it balances, 1 it does not, 2 a log cannot be read.
"""
import argparse
import collections
import dataclasses
import json
import math
import pathlib
import sys
import typing

NAMED = 5  # so many messages of each kind are named, the rest is counted


class BadLog(Exception):
    """A log that is no log: file, line, what is wrong."""


class Record(typing.NamedTuple):
    """One line of a log; None where the log does not say."""

    id: str
    key: str | None = None
    publisher: str | None = None
    sequence: int | None = None

    def __str__(self):
        place = f", {self.publisher} {self.sequence}" if self.sequence is not None else ""
        return f"{self.id} (key {self.key or 'none'}{place})"


@dataclasses.dataclass
class Group:
    """What became of the published messages in one group."""

    name: str
    deliveries: int = 0
    delivered: int = 0
    dead: int = 0
    lost: list = dataclasses.field(default_factory=list)
    disorder: list = dataclasses.field(default_factory=list)
    altered: list = dataclasses.field(default_factory=list)
    unconfirmed: int = 0

    @property
    def duplicates(self):
        return self.deliveries - self.delivered - self.unconfirmed

    @property
    def balanced(self):
        return not (self.lost or self.disorder or self.altered)


def lines_of(path):
    """Number and text of each finished line."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadLog(f"{path}: {error.strerror}") from error
    finished = text.split("\n")[:-1]
    return [(number, line) for number, line in enumerate(finished, 1) if line.strip()]


def published_record(line, publisher):
    """A publisher's line; None if it tells of a refused message."""
    if line.startswith("{"):
        receipt = json.loads(line)
        return None if "error" in receipt else Record(receipt["id"], None, publisher, int(receipt["line"]))
    name, key, sequence = line.split("\t")
    return Record(name, key, publisher, int(sequence))


def delivered_record(line):
    if line.startswith("{"):
        delivery = json.loads(line)
        return Record(delivery["id"], delivery["key"] or "")
    fields = line.split("\t")
    if len(fields) == 2:
        return Record(fields[0], fields[1].rstrip())
    name, key, publisher, sequence = fields
    return Record(name, key, publisher, int(sequence))


def read(path, parse):
    for number, line in lines_of(path):
        try:
            record = parse(line)
        except (ValueError, KeyError, TypeError) as error:
            raise BadLog(f"{path}:{number}: not a line of a ledger's log: {line[:80]!r}") from error
        if record is not None:
            yield record


def read_dead(paths):
    """The ids of the dead letters in these lists, and in how many."""
    found = collections.Counter()
    for path in paths:
        try:
            letters = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
            if not isinstance(letters, list):
                raise ValueError
            found.update({dead["id"] for dead in letters})
        except OSError as error:
            raise BadLog(f"{path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadLog(f"{path}: not a list of dead letters") from error
    return found


def read_published(paths):
    """All receipts by id."""
    published = {}
    for path in paths:
        publisher = pathlib.Path(path).stem
        for record in read(path, lambda line: published_record(line, publisher)):
            if record.id in published:
                raise BadLog(f"{path}: two messages were published with the id {record.id}")
            published[record.id] = record
    return published


def audit(name, deliveries, published, dead=frozenset(), redriven=collections.Counter()):
    """Goes through one group's deliveries, in the order in which the handlers saw them. What went back more than once
    has no order left."""
    group = Group(name)
    seen = set()
    latest = {}
    for record in deliveries:
        group.deliveries += 1
        receipt = published.get(record.id)
        if receipt:
            # A log holds only what it was told; what both say must be the same.
            if any(mine is not None and its is not None and mine != its for mine, its in zip(record, receipt)):
                group.altered.append(record)
            record = Record(*(its if mine is None else mine for mine, its in zip(record, receipt)))
        if record.id in seen:
            continue
        seen.add(record.id)
        if receipt:
            group.delivered += 1
        else:
            group.unconfirmed += 1
        if record.sequence is None or not record.key or redriven[record.id] > 1:
            continue
        # One that was sent back may have been delivered before it died, by a handler that was killed ahead of its ack.
        main = (record.publisher, record.key, False)
        late = record.sequence < latest.get(main, record.sequence)
        lane = (record.publisher, record.key, late and record.id in redriven)
        if record.sequence < latest.get(lane, record.sequence):
            group.disorder.append(record)
        latest[lane] = max(record.sequence, latest.get(lane, record.sequence))
    missing = [receipt for receipt in published.values() if receipt.id not in seen]
    group.lost = [receipt for receipt in missing if receipt.id not in dead]
    group.dead = len(missing) - len(group.lost)
    return group


def table(published, groups, seconds):
    """Lines of text, columns aligned; what seldom happens has a column only if it did."""
    columns = [
        ("group", [group.name for group in groups]),
        ("published", [len(published)] * len(groups)),
        ("delivered", [group.delivered for group in groups]),
        *([("dead", dead)] if any(dead := [group.dead for group in groups]) else []),
        ("lost", [len(group.lost) for group in groups]),
        ("duplicates", [group.duplicates for group in groups]),
        ("out of order", [len(group.disorder) for group in groups]),
    ]
    for title, counts in (
        ("altered", [len(group.altered) for group in groups]),
        ("unconfirmed", [group.unconfirmed for group in groups]),
    ):
        columns += [(title, counts)] * any(counts)
    if seconds:
        columns.append(("msg/s", [round(group.deliveries / seconds.get(group.name, math.inf)) for group in groups]))
    texts = [[title] + [cell if isinstance(cell, str) else f"{cell:,}" for cell in cells] for title, cells in columns]
    widths = [max(map(len, column)) for column in texts]
    first, *rest = widths
    return ["   ".join([row[0].ljust(first), *map(str.rjust, row[1:], rest)]) for row in zip(*texts)]


def troubles(groups, require_duplicates):
    """Why it does not balance, a line each."""
    for group in groups:
        for what, records in (("lost", group.lost), ("out of order", group.disorder), ("altered", group.altered)):
            yield from (f"{group.name}: {what}: {record}" for record in records[:NAMED])
            if len(records) > NAMED:
                yield f"{group.name}: {what}: and {len(records) - NAMED:,} more"
    if require_duplicates and not any(group.duplicates for group in groups):
        yield "no group saw a duplicate: no kill hit anything, so this run has shown nothing"


def summary(published, groups, balanced):
    def total(counts):
        return f"{sum(counts):,}"

    return (
        f"ledger {'balances' if balanced else 'DOES NOT BALANCE'}: published {len(published):,}, groups {len(groups)}, "
        f"lost {total(len(group.lost) for group in groups)}, "
        f"out of order {total(len(group.disorder) for group in groups)}, "
        f"duplicates {total(group.duplicates for group in groups)}, "
        f"unconfirmed {total(group.unconfirmed for group in groups)}"
    )


def pair(text):
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r}: NAME=VALUE is wanted")
    return name, value


def duration(text):
    name, value = pair(text)
    if not float(value) > 0:
        raise argparse.ArgumentTypeError(f"{text!r}: more than 0 seconds are wanted")
    return name, float(value)


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", nargs="+", required=True, metavar="FILE", help="a log of each publisher")
    parser.add_argument("--group", action="append", required=True, type=pair, metavar="NAME=FILE", help="a group's log")
    for flag, what in (("--dead", "that it has"), ("--redriven", "that it had and that went back")):
        parser.add_argument(
            flag, action="append", default=[], type=pair, metavar="NAME=FILE", help=f"a group's dead letters {what}"
        )
    parser.add_argument("--require-duplicates", action="store_true", help="fail a run in which no message came twice")
    parser.add_argument(
        "--seconds", action="append", default=[], type=duration, metavar="NAME=S", help="how long a group took, for msg/s"
    )
    return parser.parse_args(argv)


def main(argv=None):
    given = arguments(argv)
    try:
        published = read_published(given.published)
        groups = [
            audit(
                name,
                read(path, delivered_record),
                published,
                read_dead(file for group, file in given.dead if group == name),
                read_dead(file for group, file in given.redriven if group == name),
            )
            for name, path in given.group
        ]
    except BadLog as error:
        print(f"ledger: {error}", file=sys.stderr)
        return 2
    print("\n".join(table(published, groups, dict(given.seconds))))
    found = list(troubles(groups, given.require_duplicates))
    if not published:
        found.append("nothing was published, so this run has shown nothing")
    print("\n".join(found + [summary(published, groups, not found)]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
