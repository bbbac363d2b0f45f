# SPDX-License-Identifier: Apache-2.0
"""publish: one message."""

import re
import unittest

from program import StoreTest


class Publish(StoreTest):
    def last(self):
        """The one message that a new group finds."""
        return self.receive(1, "--group", "reader")[0]

    def test_a_receipt(self):
        receipt = self.json_of("publish", "events:hello", '{"a":1}')
        self.assertEqual(list(receipt), ["id", "event", "env", "provider", "native_id", "sends", "deduplicated"])
        self.assertEqual(
            (receipt["event"], receipt["env"], receipt["provider"], receipt["sends"], receipt["deduplicated"]),
            ("events:hello", "dev", "local", 1, False))
        self.assertEqual(self.last()["id"], receipt["id"])

    def test_for_people(self):
        self.assertRegex(self.run_program("publish", "events:hello", "{}").out, r"^accepted [0-9a-f-]{36} by local\n$")

    def test_the_body_arrives_byte_for_byte(self):
        body = '{"n": 1.50, "big": 123456789012345678901234567890, "e": 1E2, "u":"\\u00e9é", "d":1, "d":2}'
        self.run_program("publish", "events:hello", body)
        self.assertEqual(self.run_program("subscribe", "events:hello", "--from", "earliest", "-n", "1", "--raw").out, body + "\n")

    def test_headers_and_id(self):
        self.run_program("publish", "events:hello", "{}", "--id", "mine", "--header", "a=1", "-H", "b=x=y", "-H", "empty=")
        message = self.last()
        self.assertEqual((message["id"], message["headers"]), ("mine", {"a": "1", "b": "x=y", "empty": ""}))

    def test_a_key_needs_an_ordered_topic(self):
        self.refused("publish", "events:hello", "{}", "--key", "k", says="ordered")
        self.run_program("topic", "create", "events:ordered", "--ordered")
        self.run_program("publish", "events:ordered", '{"id":7}', "--key", "k")
        self.run_program("publish", "events:ordered", '{"id":7}', "--key-from", "/id")
        self.run_program("publish", "events:ordered", '{"id":7}', "--key-from", "/absent")
        # Keys have no order among each other.
        keys = [message["key"] for message in self.receive(3, event="events:ordered")]
        self.assertCountEqual(keys, ["k", "7", None])
        self.refused("publish", "events:ordered", '{"id":{}}', "--key-from", "/id", says="/id")
        self.refused("publish", "events:ordered", '{"id":7}', "--key-from", "id", says="/")
        self.refused("publish", "events:ordered", "{}", "--key", "k", "--key-from", "/id")

    def test_from_a_file_and_from_standard_input(self):
        path = self.write("order.json", '{\n  "a": 1\n}\n')
        self.run_program("publish", "events:hello", "-f", path)
        self.run_program("publish", "events:hello", "-f", "-", stdin="[2]")
        bodies = [message["body"] for message in self.receive(2, "--group", "reader")]
        self.assertEqual(bodies, [{"a": 1}, [2]])

    def test_other_content_types_are_bytes(self):
        path = self.write("blob", bytes(range(256)))
        self.run_program("publish", "events:hello", "-f", path, "--content-type", "application/octet-stream")
        self.run_program("publish", "events:hello", "not { json", "--content-type", "text/plain")
        first, second = self.receive(2, "--group", "reader")
        import base64

        self.assertEqual(base64.b64decode(first["body_base64"]), bytes(range(256)))
        self.assertNotIn("body", first)
        self.assertEqual(base64.b64decode(second["body_base64"]), b"not { json")

    def test_what_is_not_json_is_not_sent(self):
        for body in ("", "{", "nul", "{'a':1}", "1 2", '{"a":1}\n{"a":2}'):
            with self.subTest(body):
                self.refused("publish", "events:hello", body, says="JSON")
        self.refused("publish", "events:hello", "-f", self.write("bad", b'{"a":"\xff"}'), says="bad")
        self.refused("publish", "events:hello", "-f", self.write("nul", b'1\x00'), says="nul")
        error = self.refused("publish", "events:hello", "-f", self.write("lines", '{"a":1}\n{"a":2}\n'), says="lines")
        self.assertIn("one message a line", error["hint"])
        self.run_program("group", "create", "events:hello", "--group", "all", "--from", "earliest")
        self.assertEqual(self.group("all")["waiting"], 0)

    def test_a_negative_number_is_a_body_too(self):
        self.run_program("publish", "events:hello", "--", "-5")
        self.assertEqual(self.last()["body"], -5)

    def test_flags_in_the_wrong_place(self):
        for flags in (["--batch", "3"], ["--rate", "3"], ["--continue"], ["--start-line", "3"]):
            self.refused("publish", "events:hello", "{}", *flags, says=flags[0])
        self.refused("publish", "events:hello", "-", "--id", "x", says="--id")
        self.refused("publish", "events:hello", "-", "-f", "x")
        self.refused("publish", "events:hello", says="BODY")
        for header in ("x", "=x", ""):
            self.refused("publish", "events:hello", "{}", f"--header={header}", says="--header")

    def test_the_same_id_twice_is_accepted(self):
        first = self.json_of("publish", "events:hello", "{}", "--id", "same")
        again = self.json_of("publish", "events:hello", "{}", "--id", "same")
        self.assertEqual((first["id"], again["id"]), ("same", "same"))

    def test_a_body_that_does_not_fit_the_sample(self):
        self.run_program("topic", "create", "events:strict", "--sample", '{"id":1}', "--schema", "enforce")
        self.run_program("publish", "events:strict", '{"id":2}')
        self.refused("publish", "events:strict", '{"id":"two"}', says="id")

    def test_a_warning_of_the_schema_is_told_once_a_run(self):
        self.run_program("topic", "create", "events:loose", "--sample", '{"id":1}')
        lines = '{"id":"two"}\n{"id":"three"}\n{"id":4}\n'
        err = self.run_program("publish", "events:loose", "-", stdin=lines).err
        self.assertEqual(len(re.findall(r"(?m)^warn: .*'/id': expected", err)), 1, err)
        self.assertNotIn("warn", self.run_program("publish", "events:loose", "-", "--log-level", "error", stdin=lines).err)

    def test_too_large(self):
        limit = self.json_of("providers", "local")["message_max"]
        body = self.write("large", '"' + "x" * limit + '"')
        self.refused("publish", "events:hello", "-f", body, name="MESSAGE_TOO_LARGE")


if __name__ == "__main__":
    unittest.main()
