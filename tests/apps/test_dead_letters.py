# SPDX-License-Identifier: Apache-2.0
"""dead-letters: list, show, redrive, purge."""

import os
import signal
import time
import unittest

from program import StoreTest

OF = ("events:hello", "--group", "g")


class DeadLetterTest(StoreTest):
    def setUp(self):
        super().setUp()
        for name in ("g", "other"):
            self.run_program("group", "create", "events:hello", "--group", name)

    def kill(self, bodies, *arguments):
        """Publishes and lets group g reject them; returns their ids."""
        ids = [self.json_of("publish", "events:hello", body, *arguments)["id"] for body in bodies]
        self.run_program("subscribe", *OF, "--exec", 'echo "no $(cat)" >&2; exit 65', "--concurrency", "1", "-n", str(len(ids)))
        return ids

    def listed(self, *arguments):
        return self.json_of("dead-letters", "list", *OF, *arguments)

    def received(self, group, count):
        return self.lines_of("subscribe", "events:hello", "--group", group, "-n", str(count), "--timeout", "30s")


class Show(DeadLetterTest):
    SHAPE = ["id", "reason", "error", "attempts", "deliveries", "first_failure", "last_failure", "group", "event", "key",
             "headers", "body"]

    def test_every_member(self):
        (identity,) = self.kill(['{"a":1}'], "--header", "h=1")
        (dead,) = self.listed()
        self.assertEqual(list(dead), self.SHAPE)
        for name in ("first_failure", "last_failure"):
            self.assertRegex(dead.pop(name), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreaterEqual(dead.pop("deliveries"), 1)
        self.assertEqual(dead, {"id": identity, "attempts": 1, "reason": "rejected", "error": 'no {"a":1}', "group": "g", "event": "events:hello",
                                "key": None, "headers": {"h": "1"}, "body": {"a": 1}})
        self.assertEqual(self.json_of("dead-letters", "show", *OF, "--id", identity), self.listed()[0])

    def test_a_body_that_is_not_json(self):
        self.kill(["a\tb"], "--content-type", "text/plain")
        self.assertEqual(self.listed()[0]["body_base64"], "YQli")
        self.assertNotIn("body", self.listed()[0])

    def test_for_people(self):
        first, second = self.kill(['{"a":1}', "2"])
        out = self.run_program("dead-letters", "list", *OF).out
        self.assertRegex(out, rf"(?m)^{first} +rejected .*no {{\"a\":1}}$")
        self.assertLess(out.index(first), out.index(second))
        shown = self.run_program("dead-letters", "show", *OF, "--id", first).out
        self.assertIn("reason: rejected\n", shown)
        self.assertTrue(shown.endswith('body: {"a":1}\n'), shown)

    def test_some_of_them(self):
        first, second, third = self.kill(["1", "2", "3"])
        self.assertEqual([dead["id"] for dead in self.listed("--id", third, first)], [first, third])
        self.assertEqual([dead["id"] for dead in self.listed("--id", third, "--id", second)], [second, third])

    def test_none_is_an_empty_array(self):
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.run_program("dead-letters", "list", *OF).out.count("\n"), 1)


class Redrive(DeadLetterTest):
    def test_all_go_back_to_this_group_alone(self):
        ids = self.kill(["1", "2", "3"])
        self.received("other", 3)
        self.assertEqual(self.json_of("dead-letters", "redrive", *OF), {"redriven": 3})
        lines = self.received("g", 3)
        self.assertEqual(sorted(line["id"] for line in lines), sorted(ids))
        self.assertEqual({line["attempt"] for line in lines}, {1})
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.group("other")["waiting"], 0)

    def test_again_is_nothing(self):
        self.kill(["1"])
        self.assertEqual(self.run_program("dead-letters", "redrive", *OF).out, "1 redriven\n")
        self.assertEqual(self.run_program("dead-letters", "redrive", *OF).out, "0 redriven\n")
        self.assertEqual(self.json_of("dead-letters", "purge", *OF), {"purged": 0})

    def test_one_with_another_body(self):
        first, second = self.kill(['{"total":-1}', "2"])
        path = self.write("fixed.json", '{"total": 1}')
        self.assertEqual(self.json_of("dead-letters", "redrive", *OF, "--id", first, "--edit", path), {"redriven": 1})
        (line,) = self.received("g", 1)
        self.assertEqual((line["id"], line["body"]), (first, {"total": 1}))
        self.assertEqual([dead["id"] for dead in self.listed()], [second])

    def test_another_body_of_any_bytes(self):
        (first,) = self.kill(["x"], "--content-type", "text/plain")
        self.run_program("dead-letters", "redrive", *OF, "--id", first, "--edit", self.write("fixed", b"\xff\n"))
        self.assertEqual(self.received("g", 1)[0]["body_base64"], "/wo=")

    def test_at_a_rate(self):
        self.kill([str(n) for n in range(6)])
        began = time.monotonic()
        self.assertEqual(self.json_of("dead-letters", "redrive", *OF, "--rate", "5"), {"redriven": 6})
        self.assertGreaterEqual(time.monotonic() - began, 0.8)

    def test_killed_in_the_middle_and_resumed(self):
        ids = self.kill([str(n) for n in range(20)])
        child = self.start("dead-letters", "redrive", *OF, "--rate", "5")
        self.wait_until(lambda: self.group("g")["dead"] < 18)
        child.send_signal(signal.SIGKILL)
        child.wait()
        left = self.group("g")["dead"]
        self.assertGreater(left, 0, "it was not in the middle")
        # What the killed one had in hand comes free with its lease.
        self.assertEqual(self.json_of("dead-letters", "redrive", *OF), {"redriven": left})
        self.assertEqual(self.listed(), [])
        # On the embedded broker going back is one step: nothing is there twice.
        self.assertEqual(sorted(line["id"] for line in self.received("g", 20)), sorted(ids))
        self.assertEqual(self.group("g")["waiting"], 0)

    def test_what_a_killed_one_held_goes_before_what_died_later(self):
        self.run_program("topic", "create", "events:ordered", "--ordered")
        of = ("events:ordered", "--group", "g")
        self.run_program("group", "create", *of)

        def die(bodies):
            lines = "".join(f'{{"k":"a","n":{body}}}\n' for body in bodies)
            self.run_program("publish", "events:ordered", "-", "--key-from", "/k", stdin=lines)
            self.run_program("subscribe", *of, "--exec", "exit 65", "-n", str(len(bodies)))

        die([1, 2, 3])
        child = self.start("dead-letters", "redrive", *of, "--rate", "1")
        self.wait_until(lambda: self.json_of("group", "show", *of)["dead"] == 2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        self.assertEqual(self.lines_of("subscribe", *of, "-n", "1")[0]["body"]["n"], 1)
        die([4, 5])
        listed = self.json_of("dead-letters", "list", *of)
        self.assertEqual([dead["body"]["n"] for dead in listed], [2, 3, 4, 5])
        self.assertEqual(self.json_of("dead-letters", "redrive", *of), {"redriven": 4})
        back = self.lines_of("subscribe", *of, "-n", "4", "--timeout", "30s")
        self.assertEqual([line["body"]["n"] for line in back], [2, 3, 4, 5])

    def test_a_failing_handler_there_and_back(self):
        handler = ("--exec", "if grep -q -- -; then echo negative total >&2; exit 1; fi")
        policy = ("--max-attempts", "2", "--backoff", "1ms..5ms")
        self.run_program("group", "create", "events:hello", "--group", "strict", *policy)
        ids = [self.json_of("publish", "events:hello", body)["id"] for body in ('{"total":1}', '{"total":-1}', '{"total":2}')]
        strict = ("events:hello", "--group", "strict")
        self.run_program("subscribe", *strict, *handler, "-n", "4")
        group = self.json_of("group", "show", *strict)
        self.assertEqual((group["done"], group["dead"], group["waiting"]), (2, 1, 0))
        (dead,) = self.json_of("dead-letters", "list", *strict)
        self.assertEqual((dead["id"], dead["reason"], dead["error"], dead["attempts"]),
                         (ids[1], "max_attempts", "negative total", 2))
        # As it is it fails again, for the same reason and once more from the first attempt.
        self.run_program("dead-letters", "redrive", *strict)
        self.run_program("subscribe", *strict, *handler, "-n", "2")
        (again,) = self.json_of("dead-letters", "list", *strict)
        self.assertEqual((again["id"], again["attempts"]), (ids[1], 2))
        self.run_program("dead-letters", "redrive", *strict, "--id", ids[1], "--edit", "-", stdin='{"total":1}')
        self.run_program("subscribe", *strict, *handler, "-n", "1")
        group = self.json_of("group", "show", *strict)
        self.assertEqual((group["done"], group["dead"], group["waiting"], group["data_loss"]), (3, 0, 0, 0))
        self.assertEqual([self.group(name)["waiting"] for name in ("g", "other")], [3, 3])

    def test_keys_keep_their_order(self):
        self.run_program("topic", "create", "events:ordered", "--ordered")
        of = ("events:ordered", "--group", "g")
        self.run_program("group", "create", *of)
        lines = "".join(f'{{"k":"{n % 3}","n":{n}}}\n' for n in range(30))
        self.run_program("publish", "events:ordered", "-", "--key-from", "/k", stdin=lines)
        self.run_program("subscribe", *of, "--exec", "exit 65", "-n", "30")
        self.assertEqual(self.json_of("dead-letters", "redrive", *of), {"redriven": 30})
        back = self.lines_of("subscribe", *of, "-n", "30", "--timeout", "30s")
        for key in range(3):
            self.assertEqual([line["body"]["n"] for line in back if line["key"] == str(key)], list(range(key, 30, 3)))

    def test_nothing_is_drawn_in_a_pipe(self):
        self.kill(["1", "2"])
        self.assertEqual(self.run_program("dead-letters", "redrive", *OF).err, "")


class Purge(DeadLetterTest):
    def test_one_and_all(self):
        first, second, _ = self.kill(["1", "2", "3"])
        self.assertEqual(self.json_of("dead-letters", "purge", *OF, "--id", second), {"purged": 1})
        for verb in ("show", "redrive", "purge"):
            self.refused("dead-letters", verb, *OF, "--id", second, name="NOT_FOUND", says=second)
        self.assertEqual(self.listed()[0]["id"], first)
        self.assertEqual(self.run_program("dead-letters", "purge", *OF).out, "2 purged\n")
        self.assertEqual(self.listed(), [])
        group = self.group("g")
        self.assertEqual((group["dead"], group["data_loss"]), (0, 3))


class BadInput(DeadLetterTest):
    def test_what_is_unknown(self):
        for verb, more in (("list", ()), ("show", ("--id", "x")), ("redrive", ()), ("purge", ())):
            with self.subTest(verb):
                call = ("dead-letters", verb)
                self.refused(*call, "events:absent", "--group", "g", *more, name="TOPIC_NOT_FOUND", says="absent")
                self.refused(*call, "events", "--group", "g", *more, name="EVENT_FORMAT_INVALID")
                self.refused(*call, "events:hello", "--group", "absent", *more, says="absent")
                self.refused(*call, *OF, "--id", "no-such-id", says="no-such-id")

    def test_an_unknown_id_changes_nothing(self):
        (first,) = self.kill(["1"])
        self.refused("dead-letters", "redrive", *OF, "--id", first, "no-such-id", says="no-such-id")
        self.refused("dead-letters", "purge", *OF, "--id", first, "no-such-id", says="no-such-id")
        self.assertEqual(len(self.listed()), 1)

    def test_edit_takes_one_id_and_a_good_file(self):
        first, second = self.kill(["1", "2"])
        good = self.write("good.json", "{}")
        redrive = ("dead-letters", "redrive", *OF)
        self.refused(*redrive, "--edit", good, name="INVALID_ARGUMENT", says="--id")
        self.refused(*redrive, "--edit", good, "--id", first, second, name="INVALID_ARGUMENT", says="--id")
        self.refused(*redrive, "--edit", os.path.join(self.directory, "absent"), "--id", first, says="absent")
        self.refused(*redrive, "--edit", self.write("bad.json", "{bad"), "--id", first, says="bad.json")
        self.assertEqual(len(self.listed()), 2)

    def test_wrong_use(self):
        for arguments in (
            ("list", "events:hello"),
            ("list", "--group", "g"),
            ("show", *OF),
            ("show", *OF, "--id", "a", "b"),
            ("redrive", *OF, "--rate", "0"),
            ("redrive", *OF, "--rate", "-1"),
            ("redrive", *OF, "--rate", "fast"),
            ("redrive", *OF, "--id"),
            ("purge", *OF, "--rate", "1"),
            ("list", *OF, "--edit", "x"),
            ("nonsense", *OF),
            (),
        ):
            with self.subTest(" ".join(arguments)):
                self.refused("dead-letters", *arguments, name="INVALID_ARGUMENT")


if __name__ == "__main__":
    unittest.main()
