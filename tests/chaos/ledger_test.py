# SPDX-License-Identifier: Apache-2.0
"""The checker itself: each thing that it must find is planted once. Run from anywhere."""
import contextlib
import importlib.util
import io
import json
import pathlib
import tempfile
import unittest

LEDGER = pathlib.Path(__file__).resolve().parents[2] / "tools" / "ledger.py"
spec = importlib.util.spec_from_file_location("ledger", LEDGER)
ledger = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ledger)


class LedgerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Two publishers, three keys, ten messages each.
        self.published = {
            publisher: [(f"{publisher}-{n}", f"key{n % 3}", n) for n in range(10)] for publisher in ("p1", "p2")
        }
        self.delivered = [
            (name, key, publisher, n)
            for one, two in zip(self.published["p1"], self.published["p2"])
            for publisher, (name, key, n) in (("p1", one), ("p2", two))
        ]

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    def run_ledger(self, *more, group=None):
        """Exit status and output for the messages as published and one group's deliveries."""
        files = [
            self.write(f"{publisher}.log", ["\t".join(map(str, record)) for record in records])
            for publisher, records in self.published.items()
        ]
        group = group or self.write("g.log", ["\t".join(map(str, record)) for record in self.delivered])
        return self.run_main("--published", *files, "--group", f"g={group}", *more)

    @staticmethod
    def run_main(*argv):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = ledger.main(list(argv))
        return status, out.getvalue()

    def test_balances(self):
        status, output = self.run_ledger()
        self.assertEqual(status, 0, output)
        self.assertIn("ledger balances: published 20, groups 1, lost 0, out of order 0, duplicates 0", output)

    def test_one_lost_message_is_named(self):
        gone = self.delivered.pop(7)
        status, output = self.run_ledger()
        self.assertEqual(status, 1)
        self.assertIn(f"g: lost: {gone[0]} (key {gone[1]}, {gone[2]} {gone[3]})", output)
        self.assertIn("DOES NOT BALANCE: published 20, groups 1, lost 1", output)

    def test_many_lost_messages_are_counted(self):
        del self.delivered[:8]
        status, output = self.run_ledger()
        self.assertEqual(status, 1)
        self.assertEqual(output.count("g: lost: p"), ledger.NAMED)
        self.assertIn("g: lost: and 3 more", output)

    def test_a_loss_in_one_of_two_groups(self):
        other = self.write("h.log", ["\t".join(map(str, record)) for record in self.delivered[1:]])
        status, output = self.run_ledger("--group", f"h={other}")
        self.assertEqual(status, 1)
        self.assertIn("h: lost: p1-0", output)
        self.assertNotIn("g: lost", output)

    def test_duplicates_are_allowed_and_not_out_of_order(self):
        self.delivered.append(self.delivered[0])
        status, output = self.run_ledger("--require-duplicates")
        self.assertEqual(status, 0, output)
        self.assertIn("duplicates 1", output)

    def test_a_duplicate_replaces_no_lost_message(self):
        self.delivered[5] = self.delivered[0]
        status, output = self.run_ledger("--require-duplicates")
        self.assertEqual(status, 1)
        self.assertIn("lost 1, out of order 0, duplicates 1", output)

    def test_a_run_without_a_duplicate_can_be_refused(self):
        status, output = self.run_ledger("--require-duplicates")
        self.assertEqual(status, 1)
        self.assertIn("no kill hit anything", output)

    def test_two_of_one_key_swapped(self):
        # p1's messages 0 and 3 have one key.
        first, second = self.delivered.index(("p1-0", "key0", "p1", 0)), self.delivered.index(("p1-3", "key0", "p1", 3))
        self.delivered[first], self.delivered[second] = self.delivered[second], self.delivered[first]
        status, output = self.run_ledger()
        self.assertEqual(status, 1)
        self.assertIn("g: out of order: p1-0 (key key0, p1 0)", output)
        self.assertIn("lost 0, out of order 1", output)

    def test_only_the_first_of_each_counts_for_order(self):
        late = self.delivered.index(("p1-3", "key0", "p1", 3))
        self.delivered.insert(late + 1, ("p1-0", "key0", "p1", 0))
        status, output = self.run_ledger()
        self.assertEqual(status, 0, output)

    def test_order_holds_per_key_and_per_publisher(self):
        self.delivered.sort(key=lambda record: (record[2], record[1]), reverse=True)  # stable: each lane keeps its order
        status, output = self.run_ledger()
        self.assertEqual(status, 0, output)

    def test_unkeyed_messages_have_no_order(self):
        self.published = {"p1": [(f"p1-{n}", "", n) for n in range(4)]}
        self.delivered = [(f"p1-{n}", "", "p1", n) for n in (3, 1, 0, 2)]
        status, output = self.run_ledger()
        self.assertEqual(status, 0, output)

    def test_unconfirmed_deliveries_are_counted_apart(self):
        self.delivered += [("p1-10", "key1", "p1", 10)] * 2
        status, output = self.run_ledger()
        self.assertEqual(status, 0, output)
        self.assertIn("lost 0, out of order 0, duplicates 1, unconfirmed 1", output)

    def test_unconfirmed_deliveries_keep_the_order_too(self):
        self.delivered += [("p1-13", "key1", "p1", 13), ("p1-10", "key1", "p1", 10)]
        status, output = self.run_ledger()
        self.assertEqual(status, 1)
        self.assertIn("out of order: p1-10", output)

    def test_an_altered_delivery(self):
        for changed in (("p1-0", "key1", "p1", 0), ("p1-0", "key0", "p2", 0), ("p1-0", "key0", "p1", 1)):
            with self.subTest(changed):
                self.delivered[0] = changed
                status, output = self.run_ledger()
                self.assertEqual(status, 1)
                self.assertIn("g: altered: p1-0", output)

    def test_nothing_published_has_shown_nothing(self):
        self.published, self.delivered = {"p1": []}, []
        status, output = self.run_ledger()
        self.assertEqual(status, 1)
        self.assertIn("nothing was published", output)

    def test_receipts_and_delivery_lines(self):
        receipts = [json.dumps({"line": n + 1, "id": f"m{n}", "provider": "local"}) for n in range(3)]
        receipts.append(json.dumps({"line": 4, "error": {"name": "TIMED_OUT"}}))
        published = self.write("flights.log", receipts)
        deliveries = [json.dumps({"id": f"m{n}", "key": "ATL", "body": {}}) for n in range(3)]
        group = self.write("audit.log", deliveries)
        status, output = self.run_main("--published", published, "--group", f"audit={group}")
        self.assertEqual(status, 0, output)
        group = self.write("audit.log", deliveries[::-1])
        status, output = self.run_main("--published", published, "--group", f"audit={group}")
        self.assertEqual(status, 1)
        self.assertIn("audit: out of order: m0 (key ATL, flights 1)", output)

    def test_a_handler_that_logs_only_id_and_key(self):
        group = self.write("g.log", [f"{name}\t{key}   " for name, key, _, _ in self.delivered])
        status, output = self.run_ledger(group=group)
        self.assertEqual(status, 0, output)

    def test_padded_records(self):
        group = self.write("g.log", ["\t".join(map(str, record)).ljust(127) for record in self.delivered])
        status, output = self.run_ledger(group=group)
        self.assertEqual(status, 0, output)

    def test_a_line_that_was_not_finished_is_no_delivery(self):
        path = pathlib.Path(self.write("g.log", ["\t".join(map(str, record)) for record in self.delivered]))
        path.write_text(path.read_text(encoding="utf-8")[:-1], encoding="utf-8")
        status, output = self.run_ledger(group=str(path))
        self.assertEqual(status, 1)
        self.assertIn("g: lost: p2-9", output)

    def dead(self, *deliveries):
        return self.write("dead.json", [json.dumps([{"id": name, "reason": "rejected"} for name, *_ in deliveries])])

    def test_dead_letters_are_not_lost(self):
        gone = [self.delivered.pop(7), self.delivered.pop(3)]
        status, output = self.run_ledger("--dead", f"g={self.dead(*gone)}")
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"(?m)^group +published +delivered +dead +lost .*\ng +20 +18 +2 +0 ")

    def test_what_is_neither_delivered_nor_dead_is_lost(self):
        gone = [self.delivered.pop(7), self.delivered.pop(3)]
        status, output = self.run_ledger("--dead", f"g={self.dead(gone[0])}")
        self.assertEqual(status, 1)
        self.assertIn(f"g: lost: {gone[1][0]} ", output)
        self.assertIn("lost 1,", output)

    def test_dead_letters_are_those_of_one_group(self):
        gone = self.delivered.pop(7)
        status, output = self.run_ledger("--dead", f"other={self.dead(gone)}")
        self.assertEqual(status, 1)
        self.assertIn(f"g: lost: {gone[0]}", output)

    def test_redriven_ones_come_later_in_their_own_order(self):
        # p1's messages 0 and 3 have one key.
        late = [("p1-0", "key0", "p1", 0), ("p1-3", "key0", "p1", 3)]
        self.delivered = [record for record in self.delivered if record not in late] + late
        self.assertEqual(self.run_ledger()[0], 1)
        status, output = self.run_ledger("--redriven", f"g={self.dead(*late)}")
        self.assertEqual(status, 0, output)
        self.delivered[-2:] = late[::-1]
        status, output = self.run_ledger("--redriven", f"g={self.dead(*late)}")
        self.assertEqual(status, 1)
        self.assertIn("g: out of order: p1-0 ", output)

    def test_one_that_was_delivered_in_its_place_before_it_died_says_nothing_of_the_redriven(self):
        # p1's 9 came in its place, its handler was killed before the ack, and then it died like 0, which went back later.
        late = ("p1-0", "key0", "p1", 0)
        in_place = ("p1-9", "key0", "p1", 9)
        self.assertIn(in_place, self.delivered)
        self.delivered = [record for record in self.delivered if record != late] + [late]
        status, output = self.run_ledger("--redriven", f"g={self.dead(late, in_place)}")
        self.assertEqual(status, 0, output)

    def test_a_redriven_one_that_did_not_arrive_is_lost(self):
        gone = self.delivered.pop(7)
        status, output = self.run_ledger("--redriven", f"g={self.dead(gone)}")
        self.assertEqual(status, 1)
        self.assertIn(f"g: lost: {gone[0]}", output)

    def test_what_is_no_list_of_dead_letters(self):
        for bad in ("", "{}", '{"id":"p1-0"}', "[1]", '[{"reason":"rejected"}]'):
            with self.subTest(bad):
                status, output = self.run_ledger("--dead", f"g={self.write('dead.json', [bad])}")
                self.assertEqual(status, 2)
                self.assertIn("dead.json: not a list of dead letters", output)
        self.assertEqual(self.run_ledger("--dead", f"g={self.folder / 'absent'}")[0], 2)

    def test_rates(self):
        status, output = self.run_ledger("--seconds", "g=0.01")
        self.assertEqual(status, 0, output)
        self.assertIn("2,000", output.splitlines()[1])

    def test_what_is_no_log(self):
        for bad in ("p1-0", "p1-0\tkey0\tp1\tsoon", "{", '{"key":"k"}', "a\tb\tc"):
            with self.subTest(bad):
                status, output = self.run_ledger(group=self.write("g.log", [bad]))
                self.assertEqual(status, 2)
                self.assertIn("g.log:1: not a line", output)
        status, output = self.run_ledger(group=str(self.folder / "absent.log"))
        self.assertEqual(status, 2)
        self.assertIn("absent.log: No such file", output)

    def test_an_id_published_twice(self):
        self.published["p2"][3] = self.published["p1"][3]
        status, output = self.run_ledger()
        self.assertEqual(status, 2)
        self.assertIn("two messages were published with the id p1-3", output)


if __name__ == "__main__":
    unittest.main()
