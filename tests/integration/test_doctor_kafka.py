# SPDX-License-Identifier: Apache-2.0
"""doctor and health tell the ways apart in which Kafka can be wrong, each within ten seconds."""

import unittest

from kafka import Kafka, kafka_env
from places import Certificates, Silence
from servers import Nats, Port
from test_doctor_servers import TOPIC, DoctorTest

LOGIN = {"mechanism": "scram-sha-256", "username": "till", "password": "right"}


class KafkaDoctor(DoctorTest):
    def test_a_sound_server(self):
        self.green(self.serve(Kafka).env(), "survives process_crash")

    def test_a_wrong_password_and_a_wrong_mechanism(self):
        kafka = self.serve(Kafka, "--user", "till", "right", "--property", "sasl.enabled.mechanisms=SCRAM-SHA-256,PLAIN")
        port = kafka.ports["sasl"]
        self.green(kafka_env(port, sasl=LOGIN))
        self.red(kafka_env(port, sasl=LOGIN | {"password": "s3cret"}), "log-in was refused", "`sasl.password`")
        self.red(kafka_env(port, sasl=LOGIN | {"mechanism": "scram-sha-512"}), "Unsupported SASL mechanism", "`sasl.mechanism`")

    def test_no_log_in_where_one_is_wanted(self):
        kafka = self.serve(Kafka, "--user", "till", "right")
        self.red(kafka_env(kafka.ports["sasl"]), "wants a log-in", "`sasl`")

    def test_a_missing_right(self):
        kafka = self.serve(Kafka, "--stranger", "till", "right")
        env = kafka_env(kafka.ports["sasl"], sasl=LOGIN)
        self.apply(env, topics=[{"tag": "new", "groups": [{"name": "g"}]}], status=3)
        found = self.findings(status=1)
        finding = found[TOPIC]
        self.assertEqual(finding["state"], "red", found)
        self.assertIn("ACL", finding["knob"])

    def test_tls_that_is_not_trusted(self):
        certificates = Certificates(self.directory)
        shown = []
        for name in ("server", "elsewhere", "expired"):
            shown += ["--show", certificates.path(f"{name}.crt"), certificates.path(f"{name}.key")]
        kafka = self.serve(Kafka, "--tls", certificates.path("authority.crt"), *shown)
        here, elsewhere, expired = kafka.ports["ssl"]
        trusted, stranger = ({"ssl": True, "tls.ca": certificates.path(f"{name}.crt")} for name in ("authority", "stranger"))
        self.green(kafka_env(here, **trusted))
        self.red(kafka_env(here, **stranger), "certificate", "`tls.ca`")
        self.red(kafka_env(elsewhere, **trusted), "certificate", "mismatch")
        self.red(kafka_env(expired, **trusted), "expired")
        self.red(kafka_env(kafka.ports["inner"], **trusted), "SSL handshake failed", "`ssl`")
        self.red(kafka_env(here), "wants TLS", "`ssl`")

    def test_a_port_where_nobody_listens(self):
        self.red(kafka_env(Port().number), "Connection refused", "127.0.0.1", "`brokers`")

    def test_a_port_of_something_else(self):
        self.red(kafka_env(self.serve(Nats).port.number), "Kafka", "`brokers`")

    def test_a_host_that_does_not_exist(self):
        self.red(kafka_env(9092, host="no-such-host.invalid"), "no-such-host.invalid")

    def test_a_host_that_never_answers(self):
        for lost_syn in (False, True):
            with Silence(lost_syn) as silence:
                self.red(kafka_env(silence.port), "127.0.0.1")

    def test_an_advertised_listener_that_cannot_be_reached(self):
        nobody = Port()
        kafka = self.serve(Kafka, "--advertise", str(nobody.number))
        self.red(kafka_env(kafka.ports["port"]), str(nobody.number), "advertised.listeners")

    def test_a_missing_topic(self):
        kafka = self.serve(Kafka)
        env = {**kafka.env(), "provision": "check"}
        self.apply(env, topics=[{"tag": "new", "groups": [{"name": "g"}]}], status=3)
        finding = self.findings(status=1)[TOPIC]
        self.assertIn("shop.dev.orders.new", finding["found"])
        self.assertEqual(kafka.topics(), {})


if __name__ == "__main__":
    unittest.main()
