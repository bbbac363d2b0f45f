# SPDX-License-Identifier: Apache-2.0
"""doctor and health tell the ways apart in which RabbitMQ can be wrong, each within ten seconds."""

import os
import tempfile
import unittest

from places import Certificates, Silence
from rabbitmq import Rabbitmq, rabbitmq_env
from servers import Nats, Port, Redis
from test_doctor_servers import BROKER, DoctorTest

READER = {"username": "reader", "password": "right"}


def topic(tag):
    return f"topic orders:{tag} in dev"


class RabbitmqDoctor(DoctorTest):
    """One node for all cases, as each takes a while to start; each has a topic of its own."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.certificates = Certificates(directory.name)
        cls.rabbitmq = Rabbitmq(directory.name, users={"reader": ("", "", ".*"), "half": (".*", r"^(?!amq\.default).*", ".*")},
                                certificate=os.path.join(directory.name, "server"))
        cls.addClassCleanup(cls.rabbitmq.end)

    def test_a_sound_server(self):
        self.green(self.rabbitmq.env(), "survives power_loss", "3.10")

    def test_a_wrong_password(self):
        self.red(self.rabbitmq.env(username="reader", password="s3cret"), "refused user name and password", "`password`")

    def test_a_missing_virtual_host(self):
        self.red(self.rabbitmq.env(vhost="nowhere"), "no such virtual host", "nowhere", "add_vhost")
        self.red(self.rabbitmq.env(vhost="empty", **READER), "does not let the user into the virtual host",
                 "set_permissions -p")

    def test_a_missing_permission(self):
        """Nothing of the question is kept or handed out."""
        topics = [{"tag": "rights", "groups": [{"name": "g"}]}]
        self.apply(self.rabbitmq.env(), topics=topics)
        self.assertEqual(self.json_of("doctor")["state"], "green")
        for user, exchange in (("reader", "shop.dev.orders"), ("half", "amq.default")):
            self.apply(self.rabbitmq.env(username=user, password="right"), topics=topics, status=3 if user == "reader" else 0)
            finding = self.findings(status=1)[topic("rights")]
            self.assertEqual(finding["state"], "red", finding)
            self.assertIn("does not permit this to the user", finding["found"])
            self.assertIn(exchange, finding["found"])
            self.assertIn("set_permissions", finding["knob"])
        self.assertIn(["shop.dev.orders.rights.g", "0"], self.rabbitmq.queues("messages"))
        self.assertIn(["shop.dev.orders.rights.g.dlq", "0"], self.rabbitmq.queues("messages"))

    def test_a_port_where_nobody_listens(self):
        for host in ("127.0.0.1", "127.0.0.2"):
            self.red(rabbitmq_env(Port().number, host=host), "Connection refused", host, "port")

    def test_a_port_of_something_else(self):
        self.red(rabbitmq_env(self.serve(Nats).port.number), "does not speak AMQP", "5672")
        self.red(rabbitmq_env(self.serve(Redis).port.number), "did not answer", "right host and port")

    def test_a_host_that_does_not_exist(self):
        self.red(rabbitmq_env(1, host="no-such-host.invalid"), "no-such-host.invalid", "not found")

    def test_a_host_that_never_answers(self):
        for lost_syn in (False, True):
            with Silence(lost_syn) as silence:
                self.red(rabbitmq_env(silence.port), "did not answer", str(silence.port))

    def test_tls_on_one_side(self):
        self.red(self.rabbitmq.env(**self.certificates.trusting("authority")), "TLS", "speak TLS")
        self.red(rabbitmq_env(self.rabbitmq.tls_port.number), "closed", "tls: true")

    def test_certificates(self):
        port = self.rabbitmq.tls_port.number
        self.green(rabbitmq_env(port, **self.certificates.trusting("authority")))
        self.red(rabbitmq_env(port, **self.certificates.trusting("stranger")), "not trusted")

    def test_a_queue_that_is_gone(self):
        topics = [{"tag": "gone", "groups": [{"name": "g"}]}]
        self.apply(self.rabbitmq.env(), topics=topics)
        self.rabbitmq.control("delete_queue", "shop.dev.orders.gone.g")
        group = self.findings()["group g of orders:gone in dev"]
        self.assertEqual((group["state"], group["found"]), ("degraded", "its provider does not have it yet"))
        self.assertIn("ductape apply", group["knob"])
        self.apply({**self.rabbitmq.env(), "provision": "check"}, topics=topics, status=3)
        finding = self.findings(status=1)[topic("gone")]
        self.assertIn("queue shop.dev.orders.gone.g does not exist", finding["found"])
        self.assertIn("provision: create", finding["knob"])

    def test_a_queue_of_another_type(self):
        self.rabbitmq.control("eval", 'rabbit_amqqueue:declare({resource, <<"/">>, queue, <<"old">>}, true, false, [], '
                                      'none, <<"guest">>).')
        self.apply(self.rabbitmq.env(queue="old"), topics=[{"tag": "old", "groups": [{"name": "old"}]}])
        finding = self.findings()[topic("old")]
        self.assertEqual(finding["state"], "degraded")
        for word in ("queue old", "x-queue-type", "is left as it is"):
            self.assertIn(word, finding["found"])
        self.assertIn(["old", "classic"], self.rabbitmq.queues("type"))

    def test_memory_is_low(self):
        """Publishes wait to their deadline, doctor and health say why, and members go on."""
        self.apply(self.rabbitmq.env(), topics=[{"tag": "full", "groups": [{"name": "g"}]}])
        before = self.json_of("publish", "orders:full", '"before"')["id"]
        self.rabbitmq.control("set_vm_memory_high_watermark", "absolute", "1")
        self.addCleanup(self.rabbitmq.control, "set_vm_memory_high_watermark", "absolute", "4GB")
        publishing = self.start("publish", "orders:full", '"during"', "--deadline", "6s", "--json")
        knob = self.findings()[BROKER]["knob"]
        self.assertIn("vm_memory_high_watermark", knob)
        (item,) = self.json_of("health")["items"]
        self.assertEqual(item["state"], "degraded")
        self.assertIn("vm_memory_high_watermark", item["reason"])
        self.assertIsNone(publishing.poll(), "a publish waits to its deadline")
        _, err = self.ended(publishing, status=4)
        self.assertIn('"name":"OUTCOME_UNKNOWN"', err.replace(" ", ""))
        got = self.lines_of("subscribe", "orders:full", "--group", "g", "--count", "1", "--timeout", "10s")
        self.assertEqual([line["id"] for line in got], [before])


if __name__ == "__main__":
    unittest.main()
