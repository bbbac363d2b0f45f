# SPDX-License-Identifier: Apache-2.0
"""kcat and the CloudEvents SDK read what we write to Kafka, and we read what they write. Runs under tools/python."""

import json
import unittest

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import Kafka
from test_interop import BODY, EVENT, TRACE, InteropTest


class KafkaInterop(InteropTest):
    def setUp(self):
        super().setUp()
        self.kafka = self.serve(Kafka)
        self.apply(self.kafka.env(partitions=5), topics=[{"tag": "new"}, {"tag": "keys", "ordered": True},
                                                         {"tag": "lean", "metadata": "lean"}])

    def stored(self, what="new"):
        return self.kafka.records(self.native(what)["topic"])

    def test_kcat_reads_ours(self):
        receipt = self.publish()
        (record,) = self.stored()
        self.assertEqual(record["payload"], BODY)
        self.assertEqual(receipt["native_id"], f'{record["topic"]}:{record["partition"]}:{record["offset"]}')
        headers = record["headers"]
        self.assertEqual({name: headers[name] for name in
                          ("ce_specversion", "ce_id", "ce_type", "content-type", "ce_traceparent", "Shop")},
                         {"ce_specversion": "1.0", "ce_id": receipt["id"], "ce_type": EVENT,
                          "content-type": "application/json", "ce_traceparent": TRACE, "Shop": "7 & 8"})
        self.assertIn("shop", headers["ce_source"])
        self.json_of("publish", "orders:lean", "{}")
        names = {name for name in self.stored("lean")[0]["headers"] if name.startswith("ce_")}
        self.assertEqual(names, {"ce_specversion", "ce_id", "ce_source", "ce_type"})

    def test_a_key_has_one_partition_for_all(self):
        topic = self.native("keys")["topic"]
        keys = [f"kunde-{number}" for number in range(20)]
        for key in keys:
            self.json_of("publish", "orders:keys", "{}", "--key", key)
        self.kafka.kcat("-P", "-t", topic, "-K", "\t", "-X", "topic.partitioner=murmur2_random",
                        stdin="".join(f"{key}\t{{}}\n" for key in keys))
        partitions = {}
        for record in self.stored("keys"):
            partitions.setdefault(record["key"], set()).add(record["partition"])
        self.assertEqual(set(partitions), set(keys))
        self.assertTrue(all(len(of_key) == 1 for of_key in partitions.values()), partitions)
        self.assertGreater(len({next(iter(of_key)) for of_key in partitions.values()}), 1)

    def test_we_read_kcats(self):
        self.publish("{}")  # makes the topic
        topic = self.native()["topic"]
        self.kafka.kcat("-P", "-t", topic, "-k", "a key", "-H", "shop=7", "-H", f"traceparent={TRACE}", stdin=BODY)
        self.kafka.kcat("-P", "-t", topic, stdin="text")
        got = {json.dumps(line["body"]) if line.get("body") is not None else line["body_base64"]: line for line in self.read(3)}
        theirs = got[json.dumps(json.loads(BODY))]
        self.assertEqual((theirs["key"], theirs["headers"]), ("a key", {"shop": "7", "traceparent": TRACE}))
        self.assertIn("dGV4dA==", got)

    def test_the_sdk_of_cloudevents(self):
        receipt = self.publish()
        (record,) = self.stored()
        event = from_binary(KafkaMessage(headers={name: value.encode() for name, value in record["headers"].items()
                                                  if name.startswith("ce_") or name == "content-type"},
                                         key=record["key"], value=record["payload"].encode()), JSONFormat())
        self.assertEqual((event.get_id(), event.get_type(), event.get_data()), (receipt["id"], EVENT, json.loads(BODY)))
        self.assertEqual(event.get_extension("traceparent"), TRACE)
        theirs = CloudEvent({"id": "theirs-1", "source": "/till", "type": "sale", "specversion": "1.0",
                             "datacontenttype": "application/json", "partitionkey": "k"}, {"total": 9})
        message = to_binary(theirs, JSONFormat())
        headers = [word for name, value in message.headers.items() for word in ("-H", f"{name}={value.decode()}")]
        self.kafka.kcat("-P", "-t", record["topic"], "-k", message.key, *headers, stdin=message.value.decode())
        got = {line["id"]: line for line in self.read(2)}
        self.assertEqual((got["theirs-1"]["body"], got["theirs-1"]["key"]), ({"total": 9}, "k"))

    def test_events_that_are_whole_in_the_body(self):
        """Structured mode of the official SDK, both ways."""
        event = {"specversion": "1.0", "id": "ours-1", "source": "/till", "type": "sale", "data": {"total": 7}}
        self.json_of("publish", EVENT, json.dumps(event), "--content-type", "application/cloudevents+json")
        (record,) = self.stored()
        read = from_structured(KafkaMessage(headers={name: value.encode() for name, value in record["headers"].items()},
                                            key=record["key"], value=record["payload"].encode()), JSONFormat())
        self.assertEqual((read.get_id(), read.get_type(), read.get_data()), ("ours-1", "sale", {"total": 7}))
        message = to_structured(CloudEvent({"id": "theirs-2", "source": "/till", "type": "sale", "specversion": "1.0"},
                                           {"total": 9}), JSONFormat())
        headers = [word for name, value in message.headers.items() for word in ("-H", f"{name}={value.decode()}")]
        self.kafka.kcat("-P", "-t", record["topic"], *headers, stdin=message.value.decode())
        got = {line["id"]: line for line in self.read(2)}
        self.assertEqual(got["ours-1"]["body"], event)
        self.assertEqual(got["theirs-2"]["body"]["data"], {"total": 9})


if __name__ == "__main__":
    unittest.main()
