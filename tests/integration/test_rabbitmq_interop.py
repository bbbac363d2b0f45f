# SPDX-License-Identifier: Apache-2.0
"""pika and the CloudEvents SDK read what we write to RabbitMQ, and we read what they write. Runs under tools/python."""

import json
import unittest

import pika
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_binary, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from rabbitmq import Rabbitmq
from test_interop import BODY, EVENT, TRACE, InteropTest


class Pika(InteropTest):
    def setUp(self):
        super().setUp()
        self.rabbitmq = self.serve(Rabbitmq)
        self.apply(self.rabbitmq.env(queue="order-queue", routingKey="order.created", exchange="events"),
                   topics=[{"tag": "new", "groups": [{"name": "order-queue"}]}])
        self.connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.rabbitmq.port.number))
        self.addCleanup(self.connection.close)
        self.channel = self.connection.channel()

    def read_group(self, count):
        """Of the group that the config names, without naming it."""
        return self.lines_of("subscribe", EVENT, "--count", str(count), "--concurrency", "1",
                             "--timeout", "20s")

    def test_it_reads_ours_from_the_configured_queue(self):
        receipt = self.publish()
        method, properties, body = next(self.channel.consume("order-queue", inactivity_timeout=15))
        self.channel.basic_ack(method.delivery_tag)
        self.assertEqual((method.exchange, method.routing_key, body.decode()), ("events", "order.created", BODY))
        self.assertEqual((properties.message_id, properties.content_type, properties.delivery_mode),
                         (receipt["id"], "application/json", 2))
        headers = properties.headers
        self.assertEqual({name: headers[f"ce-{name}"] for name in ("specversion", "id", "type", "traceparent")},
                         {"specversion": "1.0", "id": receipt["id"], "type": EVENT, "traceparent": TRACE})
        self.assertIn("shop", headers["ce-source"])
        self.assertEqual(headers["Shop"], "7 & 8")

    def test_we_read_its(self):
        self.channel.confirm_delivery()
        self.channel.basic_publish("events", "order.created", BODY.encode(), pika.BasicProperties(
            message_id="mine-1", content_type="application/json", headers={"shop": 7, "cloudEvents:traceparent": TRACE}))
        self.channel.basic_publish("", "order-queue", b"\x00\xff")
        got = self.read_group(2)
        self.assertEqual((got[0]["id"], got[0]["body"], got[0]["headers"], got[0]["key"]),
                         ("mine-1", json.loads(BODY), {"shop": "7"}, None))
        self.assertEqual((got[1]["body_base64"], got[1]["attempt"]), ("AP8=", 1))
        self.assertTrue(got[1]["id"])

    def test_the_sdk_of_cloudevents(self):
        receipt = self.publish()
        _, properties, body = next(self.channel.consume("order-queue", auto_ack=True, inactivity_timeout=15))
        event = from_binary(RabbitMQMessage(properties.headers, properties.content_type, body), JSONFormat())
        self.assertEqual((event.get_id(), event.get_type(), event.get_data()), (receipt["id"], EVENT, json.loads(BODY)))
        self.assertEqual(event.get_extension("traceparent"), TRACE)
        self.channel.cancel()
        theirs = CloudEvent({"id": "theirs-1", "source": "/till", "type": "sale", "specversion": "1.0",
                             "datacontenttype": "application/json", "partitionkey": "k"}, {"total": 9})
        message = to_binary(theirs, JSONFormat())
        self.channel.basic_publish("events", "order.created", message.body, pika.BasicProperties(
            content_type=message.content_type, headers=message.headers))
        (got,) = self.read_group(1)
        self.assertEqual((got["id"], got["body"], got["key"]), ("theirs-1", {"total": 9}, "k"))

    def test_events_that_are_whole_in_the_body(self):
        """Structured mode of the official SDK, both ways."""
        event = {"specversion": "1.0", "id": "ours-1", "source": "/till", "type": "sale", "data": {"total": 7}}
        self.json_of("publish", EVENT, json.dumps(event), "--content-type", "application/cloudevents+json")
        _, properties, body = next(self.channel.consume("order-queue", auto_ack=True, inactivity_timeout=15))
        read = from_structured(RabbitMQMessage(properties.headers, properties.content_type, body), JSONFormat())
        self.assertEqual((read.get_id(), read.get_type(), read.get_data()), ("ours-1", "sale", {"total": 7}))
        self.channel.cancel()
        message = to_structured(CloudEvent({"id": "theirs-2", "source": "/till", "type": "sale", "specversion": "1.0"},
                                           {"total": 9}), JSONFormat())
        self.channel.basic_publish("events", "order.created", message.body, pika.BasicProperties(
            content_type=message.content_type, headers=message.headers))
        (got,) = self.read_group(1)
        self.assertEqual((got["id"], got["body"]["data"]), ("theirs-2", {"total": 9}))

    def test_native_names(self):
        native = self.native()
        self.assertEqual((native["exchange"], native["routingKey"]), ("events", "order.created"))
        self.assertEqual(native["groups"]["order-queue"]["queue"], "order-queue")
        self.assertEqual(native["groups"]["order-queue"]["dead_letter"], "order-queue.dlq")


if __name__ == "__main__":
    unittest.main()
