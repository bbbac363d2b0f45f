#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Did each airport's departures arrive as they stand in the file?

  same_order.py flights.ndjson auditor.log

The log is what `ductape subscribe --json` printed. Exit status 1 if an airport differs; it says which and where.
"""
import collections
import json
import sys


def main(file, log):
    expected = collections.defaultdict(list)
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            departure = json.loads(line)
            expected[departure["origin"]].append(departure)

    seen = set()
    arrived = collections.defaultdict(list)
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            delivery = json.loads(line)
            if delivery["id"] not in seen:  # a repeat is no disorder
                seen.add(delivery["id"])
                arrived[delivery["key"]].append(delivery["body"])

    different = [airport for airport in sorted(expected.keys() | arrived.keys()) if expected[airport] != arrived[airport]]
    for airport in different[:5]:
        wanted, got = expected[airport], arrived[airport]
        same = sum(1 for _ in iter_same(wanted, got))
        print(f"{airport}: {len(wanted)} departures in the file, {len(got)} arrived, the first {same} alike")
    print(f"{len(expected) - len(different)} of {len(expected)} airports in the order of the file")
    return 1 if different or not expected else 0


def iter_same(left, right):
    for one, other in zip(left, right):
        if one != other:
            return
        yield one


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
