# SPDX-License-Identifier: Apache-2.0
"""doctor and health tell the ways apart in which a server can be wrong, each within ten seconds."""

import time
import unittest

from places import Certificates, Silence
from servers import Nats, Port, Redis, ServerTest, nats_env, redis_env

BROKER = "broker orders in dev"
TOPIC = "topic orders:new in dev"


class DoctorTest(ServerTest):
    def red(self, env, *words, what=BROKER, topics=({"tag": "new"},)):
        """Each word stands in what doctor found or in the knob; the first in what health says too."""
        self.apply(env, topics=topics)
        finding = self.findings(status=1)[what]
        said = f'{finding["found"]} | {finding["knob"]}'
        self.assertEqual(finding["state"], "red", said)
        self.assertTrue(finding["knob"], said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("s3cret", said)
        began = time.monotonic()
        items = self.json_of("health", status=1)["items"]
        self.assertLess(time.monotonic() - began, 10.0, "health must answer within ten seconds")
        self.assertTrue(any(words[0] in (item["reason"] or "") for item in items), items)

    def green(self, env, *words):
        self.apply(env)
        finding = self.findings()[BROKER]
        self.assertEqual((finding["state"], finding["knob"]), ("green", None))
        for word in words:
            self.assertIn(word, finding["found"])
        self.assertEqual(self.json_of("health")["state"], "green")


class RedisDoctor(DoctorTest):
    def test_a_sound_server(self):
        self.green(self.serve(Redis).env(), "survives power_loss")

    def test_without_persistence(self):
        self.apply(self.serve(Redis, "appendonly no\n").env())
        finding = self.findings(status=1)[BROKER]
        self.assertIn("survives nothing", finding["found"])
        self.assertIn("appendonly yes", finding["knob"])
        (item,) = self.json_of("health")["items"]
        self.assertEqual(item["state"], "degraded")
        self.assertIn("appendonly yes", item["reason"])

    def test_a_wrong_password(self):
        redis = self.serve(Redis, "requirepass right\n", log_in=("-a", "right", "--no-auth-warning"))
        self.red(redis.env(password="s3cret"), "refused user name and password", "`password`")
        self.red(redis.env(), "wants a password", "set `password`")

    def test_a_missing_permission(self):
        redis = self.serve(Redis, "appendonly yes\nuser reader on >right ~* &* +@read +@connection +info\n")
        self.red(redis.env(username="reader", password="right"), "does not permit this to the user", "'xadd' command", "ACL")

    def test_keys_that_are_not_the_users(self):
        redis = self.serve(Redis, "appendonly yes\nuser other on >right ~other:* &* +@all\n")
        self.apply(redis.env(username="other", password="right"), topics=[{"tag": "new", "groups": [{"name": "g"}]}], status=3)
        finding = self.findings(status=1)[TOPIC]
        self.assertIn("keys", finding["found"])
        self.assertIn("ACL", finding["knob"])

    def test_a_port_where_nobody_listens(self):
        self.red(redis_env(Port().number), "Connection refused", "127.0.0.1", "port")
        self.red(redis_env(Port().number, host="127.0.0.2"), "127.0.0.2", "Connection refused")

    def test_a_port_of_something_else(self):
        self.red(redis_env(self.serve(Nats).port.number), "protocol of Redis", "right port")

    def test_a_host_that_does_not_exist(self):
        self.red(redis_env(1, host="no-such-host.invalid"), "no-such-host.invalid", "not found")

    def test_a_host_that_never_answers(self):
        for lost_syn in (False, True):
            with Silence(lost_syn) as silence:
                self.red(redis_env(silence.port), "did not answer", str(silence.port))

    def test_tls_on_one_side(self):
        certificates = Certificates(self.directory)
        self.red(self.serve(Redis).env(**certificates.trusting("authority")), "TLS", "speak TLS")
        self.red(self.serve_tls(certificates, "server"), "closed", "tls: true")

    def test_certificates(self):
        certificates = Certificates(self.directory)
        secure = self.serve_tls(certificates, "server")
        self.green(secure | {"config": secure["config"] | certificates.trusting("authority")})
        for shown, trusted, words in (("server", "stranger", "not trusted"), ("elsewhere", "authority", "another host"),
                                      ("expired", "authority", "expired")):
            with self.subTest(words):
                env = self.serve_tls(certificates, shown)
                self.red(env | {"config": env["config"] | certificates.trusting(trusted)}, words)

    def serve_tls(self, certificates, shown):
        """The env of a server that speaks nothing but TLS."""
        port = Port()
        self.serve(Redis, f"appendonly yes\nappendfsync always\ntls-port {port.number}\ntls-auth-clients no\n"
                          f"tls-cert-file {certificates.path(shown + '.crt')}\ntls-key-file {certificates.path(shown + '.key')}\n"
                          f"tls-ca-cert-file {certificates.path('authority.crt')}\n")
        return redis_env(port.number)

    def test_a_stream_that_may_not_be_made(self):
        redis = self.serve(Redis)
        self.red({**redis.env(), "provision": "check"}, "shop.dev.orders.new does not exist", "may not be made",
                 "provision: create", what=TOPIC)
        error = self.refused("publish", "orders:new", "{}", status=2)
        self.assertEqual(error["code"], "not_found")
        self.assertEqual(redis.cli("KEYS", "*"), "\n")


class NatsDoctor(DoctorTest):
    def test_a_sound_server(self):
        self.green(self.serve(Nats).env(), "survives process_crash")

    def test_without_jetstream(self):
        self.apply(self.serve(Nats, jetstream=False).env())
        finding = self.findings(status=1)[BROKER]
        self.assertIn("survives nothing", finding["found"])
        self.assertIn("-js", finding["knob"])

    def test_a_wrong_password_or_token(self):
        users = self.serve(Nats, "authorization { user: ann, password: right }\n")
        self.red(users.env(user="ann", **{"pass": "s3cret"}), "log-in was refused", "`user`")
        self.red(users.env(), "log-in was refused", "`user`")
        tokens = self.serve(Nats, "authorization { token: right }\n")
        self.red(tokens.env(token="s3cret"), "log-in was refused", "`token`")

    def test_a_missing_permission(self):
        nats = self.serve(Nats, "authorization { users = [ {user: ann, password: right, permissions: "
                                '{publish: {deny: ["$JS.API.>"]}}} ] }\n')
        self.red(nats.env(user="ann", **{"pass": "right"}), "not permitted", "$JS.API")

    def test_a_missing_permission_to_publish(self):
        """The server says it of a publish alone; nothing of the question is kept or handed out."""
        for denied, groups in (("shop.dev.orders.new", ()), ("shop.dev.orders.new.*.dlq", ("billing",))):
            nats = self.serve(Nats, "authorization { users = [ {user: ann, password: right, permissions: "
                                    f'{{publish: {{deny: ["{denied}"]}}}}}}, {{user: eve, password: right}} ] }}\n')
            topics = [{"tag": "new", "groups": [{"name": name} for name in groups]}]
            eve = nats.env(user="eve", **{"pass": "right"})
            self.apply(eve, topics=topics)
            self.assertEqual(self.json_of("doctor")["state"], "green")
            if groups:
                self.assertEqual({messages for messages, _ in nats.streams().values()}, {0})
                self.assertEqual(self.json_of("group", "show", "orders:new", "--group", "billing")["waiting"], 0)
            self.apply(nats.env(user="ann", **{"pass": "right"}), topics=topics)
            finding = self.findings(status=1)[TOPIC]
            self.assertEqual(finding["state"], "red", finding)
            self.assertIn("not permitted", finding["found"])
            self.assertIn("right to publish", finding["knob"])

    def test_a_port_where_nobody_listens(self):
        for host in ("127.0.0.1", "127.0.0.2"):
            port = Port().number
            self.red(nats_env(port, host=host), f"{host}:{port}: Connection refused", "`servers`")

    def test_a_port_of_something_else(self):
        self.red(nats_env(self.serve(Redis).port.number), "did not answer in time", "port of a NATS server")

    def test_a_host_that_does_not_exist(self):
        self.red(nats_env(1, host="no-such-host.invalid"), "no-such-host.invalid:1: Name or service not known", "`servers`")

    def test_a_host_that_never_answers(self):
        with Silence() as silence:
            self.red(nats_env(silence.port), "did not answer in time", str(silence.port), "port of a NATS server")
        with Silence(lost_syn=True) as silence:
            self.red(nats_env(silence.port), f"127.0.0.1:{silence.port}: no answer", "`servers`")

    def serve_tls(self, certificates, shown):
        return self.serve(Nats, f'tls {{ cert_file: "{certificates.path(shown + ".crt")}", '
                                f'key_file: "{certificates.path(shown + ".key")}" }}\n')

    def test_tls_on_one_side(self):
        certificates = Certificates(self.directory)
        self.red(self.serve(Nats).env(**certificates.trusting("authority")), "TLS is wanted", "`tls`")
        self.red(self.serve_tls(certificates, "server").env(), "TLS", "`tls`")

    def test_certificates(self):
        certificates = Certificates(self.directory)
        self.green(self.serve_tls(certificates, "server").env(**certificates.trusting("authority")))
        for shown, trusted, words in (("server", "stranger", "issuer"), ("elsewhere", "authority", "mismatch"),
                                      ("expired", "authority", "expired")):
            with self.subTest(words):
                self.red(self.serve_tls(certificates, shown).env(**certificates.trusting(trusted)), words, "`tls.ca`")

    def test_a_stream_that_may_not_be_made(self):
        nats = self.serve(Nats)
        self.red({**nats.env(), "provision": "check"}, "shop--dev--orders--new does not exist", "may not be made",
                 "provision: create", what=TOPIC)
        self.assertEqual(self.refused("publish", "orders:new", "{}", status=2)["code"], "not_found")
        self.assertEqual(nats.streams(), {})

    def test_a_stream_with_other_settings(self):
        nats = self.serve(Nats)
        topics = [{"tag": "new", "groups": [{"name": "g"}]}]
        self.apply(nats.env(), topics=topics)
        before = nats.streams()
        self.apply(nats.env(native={"maxAge": "1h"}), topics=topics)
        finding = self.findings()[TOPIC]
        self.assertEqual(finding["state"], "degraded")
        self.assertIn("shop--dev--orders--new exists at nats with other settings and is left as it is", finding["found"])
        self.assertEqual(nats.streams(), before)


if __name__ == "__main__":
    unittest.main()
