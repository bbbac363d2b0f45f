# SPDX-License-Identifier: Apache-2.0
"""publish -: one message a line from standard input."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

from program import StoreTest


def numbers(first, last):
    return "".join(f'{{"n":{n}}}\n' for n in range(first, last + 1))


class Stream(StoreTest):
    def setUp(self):
        super().setUp()
        self.run_program("topic", "create", "events:ordered", "--ordered")
        self.run_program("group", "create", "events:ordered", "--group", "all")

    def publish(self, text, *arguments, status=0):
        """Receipt and error lines, and what standard error said."""
        done = self.run_program("publish", "events:ordered", "-", "--json", *arguments, stdin=text, status=status)
        return [json.loads(line) for line in done.out.splitlines()], done.err

    def received(self, count):
        """What group `all` has: exactly `count`, in the order of delivery."""
        self.assertEqual(self.group("all", "events:ordered")["waiting"], count)
        if count == 0:
            return []
        return self.lines_of("subscribe", "events:ordered", "-g", "all", "-n", str(count), "--concurrency", "1")

    def test_receipts_come_in_line_order(self):
        receipts, err = self.publish(numbers(1, 2000))
        self.assertEqual(err, "")
        self.assertEqual([receipt["line"] for receipt in receipts], list(range(1, 2001)))
        self.assertEqual(list(receipts[0]),
                         ["line", "id", "event", "env", "provider", "native_id", "sends", "deduplicated"])
        self.assertEqual(len({receipt["id"] for receipt in receipts}), 2000)
        received = self.received(2000)
        self.assertEqual([message["id"] for message in received], [receipt["id"] for receipt in receipts])
        self.assertEqual([message["body"]["n"] for message in received], list(range(1, 2001)))

    def test_without_json_there_is_one_summary(self):
        done = self.run_program("publish", "events:ordered", "-", stdin="1\n\n2\n")
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"^2 confirmed, 1 blank in \d+\.\d s, [\d,]+/s\n$")

    def test_blank_lines_count_and_no_line_end_is_needed_at_the_end(self):
        receipts, _ = self.publish("\n1\r\n  \t\n2")
        self.assertEqual([receipt["line"] for receipt in receipts], [2, 4])
        self.assertEqual(self.publish(""), ([], ""))
        self.assertEqual([message["body"] for message in self.received(2)], [1, 2])

    def test_line_5000_of_10000_is_bad(self):
        text = numbers(1, 4999) + "{bad\n" + numbers(5001, 10000)
        lines, err = self.publish(text, status=3)
        self.assertEqual([line["line"] for line in lines], list(range(1, 5001)))
        self.assertEqual([line["line"] for line in lines if "error" in line], [5000])
        error = json.loads(err)["error"]
        self.assertEqual((error["name"], error["code"]), ("INVALID_ARGUMENT", "invalid_argument"))
        for words in ("line 5000", "the lines before it are confirmed", "nothing after it was sent"):
            self.assertIn(words, error["message"])
        self.assertIn("--start-line 5000", error["hint"])
        fixed = text.replace("{bad", '{"n":5000}')
        resumed, _ = self.publish(fixed, "--start-line", "5000")
        self.assertEqual([line["line"] for line in resumed], list(range(5000, 10001)))
        self.assertEqual([message["body"]["n"] for message in self.received(10000)], list(range(1, 10001)))

    def test_the_same_for_people(self):
        done = self.run_program("publish", "events:ordered", "-", stdin="1\n{bad\n3\n", status=3)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"^1 confirmed, 1 refused in ")
        self.assertIn("line 2: not JSON: at byte 2: invalid literal", done.err)
        self.assertIn("hint: put it right and resume with --start-line 2", done.err)

    def test_continue_goes_on_and_names_each(self):
        text = "1\n{\n3\nnope\n5\n"
        lines, err = self.publish(text, "--continue", status=3)
        self.assertEqual([(line["line"], "error" in line) for line in lines],
                         [(1, False), (2, True), (3, False), (4, True), (5, False)])
        self.assertIn("2 lines", json.loads(err)["error"]["message"])
        done = self.run_program("publish", "events:ordered", "-", "--continue", stdin=text, status=3)
        self.assertRegex(done.err, r"(?m)^line 2 \(INVALID_ARGUMENT\): not JSON")
        self.assertRegex(done.err, r"(?m)^line 4 \(INVALID_ARGUMENT\): not JSON")
        self.assertEqual([message["body"] for message in self.received(6)], [1, 3, 5, 1, 3, 5])

    def test_a_refused_first_line_is_3_too(self):
        lines, _ = self.publish("{\n2\n", status=3)
        self.assertEqual([line["line"] for line in lines], [1])
        self.assertEqual(self.received(0), [])

    def test_an_unknown_topic_is_2(self):
        self.refused("publish", "events:absent", "-", stdin="1\n", name="TOPIC_NOT_FOUND")

    def test_what_the_topic_refuses_stops_the_run_at_its_line(self):
        self.run_program("topic", "create", "events:strict", "--sample", '{"n":1}', "--schema", "enforce")
        text = numbers(1, 99) + '{"n":"x"}\n' + numbers(101, 5000)
        done = self.run_program("publish", "events:strict", "-", "--json", stdin=text, status=3)
        lines = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([line["line"] for line in lines], list(range(1, 101)))
        self.assertIn("nothing after it was sent", done.err)
        self.run_program("group", "create", "events:strict", "--group", "all", "--from", "earliest")
        self.assertEqual(self.group("all", "events:strict")["waiting"], 99)

    def test_keys_from_the_body(self):
        text = '{"k":"a"}\n{"k":7}\n{"k":1e3}\n{"k":null}\n{}\n{"k":true}\n'
        self.publish(text, "--key-from", "/k")
        self.assertEqual([message["key"] for message in self.received(6)], ["a", "7", "1e3", None, None, "true"])
        lines, _ = self.publish('{"k":"a"}\n{"k":[1]}\n{"k":"b"}\n', "--key-from", "/k", status=3)
        self.assertEqual([line["line"] for line in lines], [1, 2])
        self.assertIn("object or an array", lines[1]["error"]["message"])

    def test_one_key_headers_and_content_type_for_all(self):
        self.publish("any text\nmore\n", "--key", "k", "--header", "h=1", "--content-type", "text/plain")
        messages = self.received(2)
        self.assertEqual([(m["key"], m["headers"], m["body_base64"]) for m in messages],
                         [("k", {"h": "1"}, "YW55IHRleHQ="), ("k", {"h": "1"}, "bW9yZQ==")])

    def test_a_byte_order_mark_and_a_nul_are_named(self):
        for text in (b"\xef\xbb\xbf1\n", b"1\x002\n"):
            with self.subTest(text):
                lines, _ = self.publish(text, status=3)
                self.assertEqual(lines[0]["line"], 1)

    def test_one_at_a_time(self):
        receipts, _ = self.publish(numbers(1, 50), "--batch", "1")
        self.assertEqual(len(receipts), 50)

    def test_rate(self):
        began = time.monotonic()
        self.publish(numbers(1, 30), "--rate", "20")
        self.assertGreater(time.monotonic() - began, 1.3)

    def test_a_receipt_comes_while_the_input_is_open(self):
        child = self.start("publish", "events:ordered", "-", "--json", stdin=subprocess.PIPE)
        for n in (1, 2, 3):
            child.stdin.write(f"{n}\n".encode())
            child.stdin.flush()
            self.assertEqual(json.loads(child.stdout.readline())["line"], n)
        self.assertEqual(self.ended(child), ("", ""))

    def test_a_signal_stops_reading_and_what_was_read_is_confirmed(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                child = self.start("publish", "events:ordered", "-", stdin=subprocess.PIPE)
                child.stdin.write(b"1\n2\n")
                child.stdin.flush()
                before = 0 if number == signal.SIGINT else 2
                self.wait_until(lambda: self.group("all", "events:ordered")["waiting"] == before + 2)
                child.send_signal(number)
                child.wait(timeout=30)  # its input is still open
                _, err = self.ended(child)
                self.assertRegex(err, r"^2 confirmed in .*--start-line 3\n$")

    def test_a_reader_that_goes_away_ends_it_with_1(self):
        child = self.start("publish", "events:ordered", "-", "--json", stdin=subprocess.PIPE)
        child.stdin.write(b"1\n")
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdout = None
        child.stdin.write(b"2\n")
        child.stdin.flush()
        _, err = self.ended(child, status=1)
        self.assertIn("standard output was closed", json.loads(err)["error"]["message"])
        self.assertEqual(self.group("all", "events:ordered")["waiting"], 2)

    def peak_memory_of(self, source, *arguments):
        """Kilobytes that `publish -` needs for what the Python program `source` writes, and what it said at the end."""
        self.environment["ASAN_OPTIONS"] = "quarantine_size_mb=1"
        writer = subprocess.Popen([sys.executable, "-c", "import sys\n" + source], stdout=subprocess.PIPE)
        errors = open(os.path.join(self.directory, "errors"), "w+b")
        child = self.start("publish", "events:hello", "-", *arguments, stdin=writer.stdout, stderr=errors)
        writer.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        writer.wait()
        with errors:
            errors.seek(0)
            return usage.ru_maxrss, errors.read().decode()

    def test_a_line_without_end_needs_bounded_memory(self):
        peak, err = self.peak_memory_of(
            "for _ in range(600): sys.stdout.write('9' * 1000000)\nsys.stdout.write('\\n1\\n')", "--continue")
        self.assertIn("line 1 (MESSAGE_TOO_LARGE)", err)
        self.assertIn("1 confirmed, 1 refused", err)
        self.assertLess(peak, 400_000)

    def test_many_lines_need_bounded_memory(self):
        peak, err = self.peak_memory_of(
            "line = '{' + 'x' * 2000 + '\\n'\nfor _ in range(150000): sys.stdout.write(line)", "--continue", "--batch", "64")
        self.assertIn("0 confirmed, 150,000 refused", err)
        self.assertLess(peak, 200_000)

    def test_a_directory_is_no_input(self):
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            child = self.start("publish", "events:ordered", "-", stdin=directory)
            _, err = self.ended(child, status=2)
            self.assertIn("standard input", err)
        finally:
            os.close(directory)


if __name__ == "__main__":
    unittest.main()
