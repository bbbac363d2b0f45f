# SPDX-License-Identifier: Apache-2.0
"""Fields of a Kafka broker's config, as the broker sees them."""

import json
import unittest

from kafka import Kafka, kafka_env
from places import Certificates
from servers import ServerTest

EVENT = "orders:new"
TOPIC = "shop.dev.orders.new"


class KafkaOptions(ServerTest):
    def publish(self, *more):
        return self.json_of("publish", EVENT, '{"n":1}', *more)

    def test_each_mechanism_logs_in(self):
        kafka = self.serve(Kafka, "--user", "till", "right")
        for mechanism in ("plain", "scram-sha-256", "scram-sha-512"):
            self.apply(kafka_env(kafka.ports["sasl"], sasl={"mechanism": mechanism, "username": "till", "password": "right"}))
            self.publish()
        self.assertEqual(len(kafka.records(TOPIC)), 3)

    def test_topic_and_group_as_they_are_named(self):
        kafka = self.serve(Kafka)
        self.apply(kafka.env(topic="all-orders", groupId="billing"))
        self.publish()
        self.lines_of("subscribe", EVENT, "--group", "billing", "--from", "earliest", "--count", "1")
        self.assertEqual([record["payload"] for record in kafka.records("all-orders")], ['{"n":1}'])
        self.wait_until(lambda: self.json_of("group", "show", EVENT, "--group", "billing")["lag"] == 0)
        # What kcat reads as that group begins behind it.
        self.assertEqual(kafka.kcat("-G", "billing", "-e", "-q", "-X", "auto.offset.reset=error", "all-orders"), "")

    def test_the_client_has_a_name_at_the_broker(self):
        kafka = self.serve(Kafka)
        self.apply(kafka.env(clientId="order-service"))
        self.publish()
        self.lines_of("subscribe", EVENT, "--group", "billing", "--from", "earliest", "--count", "1")
        self.wait_until(lambda: b"order-service" in kafka.groups_as_stored())

    def test_a_certificate_of_the_client(self):
        certificates = Certificates(self.directory)
        kafka = self.serve(Kafka, "--tls", certificates.path("authority.crt"), "--show", certificates.path("server.crt"),
                           certificates.path("server.key"), "--client-certificates")
        trusting = {"ssl": True, "tls.ca": certificates.path("authority.crt")}

        def with_certificate(name):
            return kafka_env(kafka.ports["ssl"][0], **trusting, **{
                "tls.certificate": certificates.path(f"{name}.crt"), "tls.key": certificates.path(f"{name}.key")})

        self.apply(with_certificate("client"))
        self.publish()
        self.assertEqual(len(kafka.records(TOPIC)), 1)
        for env in (with_certificate("stranger"), kafka_env(kafka.ports["ssl"][0], **trusting)):
            self.apply(env)
            self.refused("publish", EVENT, "1", "--deadline", "5s", status=1, says="certificate")

    def test_partitions_and_replication(self):
        kafka = self.serve(Kafka)
        self.apply(kafka.env(partitions=5))
        self.publish()
        self.assertEqual(kafka.topics()[TOPIC], 5)
        self.apply(kafka.env(slug="staging", replicationFactor=3), topics=[{"tag": "new", "groups": [{"name": "g"}]}])
        self.refused("publish", EVENT, "1", "--env", "staging", says="`replicationFactor`")

    def test_native_goes_to_the_library(self):
        kafka = self.serve(Kafka)
        self.apply(kafka.env(native={"compression.codec": "zstd"}))
        self.publish()
        self.apply(kafka.env(native={"no.such.setting": "1"}))
        self.refused("publish", EVENT, "1", says="no.such.setting")

    def test_a_message_that_is_too_large(self):
        kafka = self.serve(Kafka)
        self.apply(kafka.env())
        said = self.run_program("publish", EVENT, "-", stdin=json.dumps("x" * 1_100_000) + "\n", status=3).err
        for words in ("MESSAGE_TOO_LARGE", "a message of 1100", "over the limit of 99", "hint: "):
            self.assertIn(words, said)
        self.assertEqual(kafka.topics(), {})


if __name__ == "__main__":
    unittest.main()
